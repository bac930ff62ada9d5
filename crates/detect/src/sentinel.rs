//! Values that say nothing about anybody: placeholders, broken numbers, numbers from manuals.

use candor_case::Property;

/// Published placeholders and test numbers, lower-case, each with where it comes from.
const KNOWN: &[&str] = &[
    // The ANDROID_ID that many Android 2.2 devices shared (Android issue 10603).
    "9774d56d682e549c",
    // MAC address that Android 6 and iOS 7 hand out instead of the real one.
    "02:00:00:00:00:00",
    // Test IMEIs: GSMA TS.06's example TAC, emulators, manuals.
    "490154203237518",
    "356938035643809",
    "004999010640000",
    "358240051111110",
    "012345678912345",
    "123456789012345",
    "123456789012347",
    // Firefox's canary ids, sent where collection is off (ClientID.sys.mjs).
    "c0ffeec0-ffee-c0ff-eec0-ffeec0ffeec0",
    "decafdec-afde-cafd-ecaf-decafdecafde",
    "beefbeef-beef-beef-beef-beeefbeefbee",
    "b0bacafe-b0ba-cafe-b0ba-cafeb0bacafe",
    // Words that stand for nothing.
    "null",
    "none",
    "nil",
    "nan",
    "undefined",
    "unknown",
    "unspecified",
    "n/a",
    "android_id",
];

/// Whether a value is a placeholder: empty, one character over and over, or a published one.
pub(crate) fn is_sentinel(value: &[u8]) -> bool {
    let trimmed = value.trim_ascii();
    let mut signs = trimmed.iter().filter(|b| !matches!(b, b'-' | b':' | b'{' | b'}' | b'.'));
    let Some(first) = signs.next() else { return true };
    if trimmed.len() > 1 && signs.all(|b| b == first) {
        return true;
    }
    KNOWN.iter().any(|known| trimmed.eq_ignore_ascii_case(known.as_bytes()))
}

/// Words that programs write where nobody is signed in, or where they know no device.
const NOBODY: [&str; 10] = [
    "-1",
    "0",
    "$remote",
    "(not set)",
    "anonymous",
    "default",
    "false",
    "guest",
    "true",
    "{{auto}}",
];

/// Whether a value names nobody and no device where a property would have it do so.
pub(crate) fn is_nobody(value: &[u8], property: Property) -> bool {
    let names = matches!(property, Property::DeviceId | Property::DeviceAddress)
        || property.to_string().starts_with("person.");
    let value = value.trim_ascii();
    names && NOBODY.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        let yes: &[&[u8]] = &[
            b"",
            b"  ",
            b"00000000-0000-0000-0000-000000000000",
            b"{00000000-0000-0000-0000-000000000000}",
            b"000000000000000",
            b"ff:ff:ff:ff:ff:ff",
            b"9774D56D682E549C",
            b"490154203237518",
            b"UNKNOWN",
            &[0; 8],
            &[0xff; 8],
        ];
        for value in yes {
            assert!(is_sentinel(value), "{}", String::from_utf8_lossy(value));
        }
        let no: &[&[u8]] = &[
            b"11111111-2222-3333-4444-555555555555",
            b"dd719e06-25d5-4033-b517-3e4890cfebce",
            b"7",
            b"en",
            &[0x20, 0x97, 0, 0],
        ];
        for value in no {
            assert!(!is_sentinel(value), "{}", String::from_utf8_lossy(value));
        }
    }

    #[test]
    fn nobody_is_told_from_somebody() {
        for word in ["0", "-1", "false", "True", "(not set)", "Anonymous", "guest", "$remote"] {
            for property in [Property::PersonAccount, Property::PersonEmail, Property::DeviceId] {
                assert!(is_nobody(word.as_bytes(), property), "{word} as {property}");
            }
            assert!(!is_nobody(word.as_bytes(), Property::AppUsage), "{word}");
        }
        assert!(!is_nobody(b"17", Property::PersonAccount));
    }
}
