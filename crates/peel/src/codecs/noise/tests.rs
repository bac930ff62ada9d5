//! What counts as noise, and what does not.

use candor_case::{End, Tree};
use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

use crate::binary::tests::noise;
use crate::codec::tests::layers;
use crate::{Budget, peel_bytes};

fn peeled(text: &str) -> Tree {
    peel_bytes(text.as_bytes().to_vec().into(), &Default::default(), &Budget::default())
}

/// How many bytes of a text are in leaves that nothing could read.
fn unread(text: &str) -> usize {
    let tree = peeled(text);
    let sealed = tree.iter().filter(|(_, layer)| layer.end == End::Encrypted);
    sealed.map(|(_, layer)| layer.bytes.len()).sum()
}

/// Bytes as digits of any alphabet, drawn one by one.
fn drawn(alphabet: &[u8], len: usize) -> String {
    let drawn = noise(len * 2, 77);
    let pair = |pair: &[u8]| usize::from(pair[0]) << 8 | usize::from(pair[1]);
    drawn.chunks(2).map(|two| char::from(alphabet[pair(two) % alphabet.len()])).collect()
}

#[test]
fn noise_is_unread_however_it_is_written() {
    let bytes = noise(700, 21);
    let (base64, hex) = (BASE64.encode(&bytes), HEXLOWER.encode(&bytes));
    let url = BASE64URL_NOPAD.encode(&bytes);
    let base32 = BASE32.encode(&bytes);
    let alphabet = |at: usize| drawn(super::WRITINGS[at].digits, 900);
    let mut table = vec![
        hex.clone(),
        HEXUPPER.encode(&bytes),
        format!("v1:{hex}"),
        format!("v1.{base64}"),
        format!("d:{base64}"),
        format!("d:{url}"),
        format!("a,b,{base64}"),
        format!("a,b\n1,{hex}\n2,{hex}\n"),
        format!("x\n{base64}\n"),
        format!("{{\"d\":\"{hex}\"}}"),
        format!("{{\"d\":\"v1.{base64}\"}}"),
        format!("https://www.example.org/x?blob={hex}"),
        format!("https://www.example.org/x?blob=v1.{url}"),
        format!("a=1; s=v1:{hex}"),
        base32.clone(),
        base32.to_lowercase(),
    ];
    table.extend((0..super::WRITINGS.len()).map(alphabet));
    table.push(drawn(&super::PRINTABLE, 900));
    for text in table {
        assert!(unread(&text) >= 400, "{} of {text}", unread(&text));
    }
    for len in [70, 90, 120] {
        let short = noise(len, 5);
        for text in [HEXLOWER.encode(&short), format!("v1.{}", BASE64.encode(&short))] {
            assert!(unread(&text) >= 64, "{text}");
        }
    }
}

/// A text in lines of a width.
fn folded(text: &str, width: usize, end: &str) -> String {
    let lines = text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line));
    lines.collect::<Vec<_>>().join(end)
}

#[test]
fn noise_is_unread_however_it_is_folded() {
    let base64 = |len| BASE64.encode(&noise(len, 21));
    let mut table = vec![
        // PGP, RFC 9580: armour of 76 characters or fewer, often 64, with a checksum.
        format!(
            "-----BEGIN PGP MESSAGE-----\nVersion: GnuPG v2\n\n{}\n=njUN\n\
             -----END PGP MESSAGE-----\n",
            folded(&base64(400), 64, "\n")
        ),
        // S/MIME and PEM, RFC 7468: 64; the last line is whole.
        format!("-----BEGIN CMS-----\n{}\n-----END CMS-----", folded(&base64(384), 64, "\n")),
        format!(
            "Content-Type: application/x-sealed\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            folded(&base64(300), 76, "\r\n")
        ),
        format!("X-Sealed: {}\r\nX-Next: words\r\n", folded(&base64(300), 70, "\r\n\t")),
        format!("sealed:\n  {}\n", folded(&base64(300), 60, "\n  ")),
        format!("key v1\n{}", folded(&base64(90), 76, "\n")),
        format!("v1 {}", folded(&HEXLOWER.encode(&noise(301, 3)), 60, "\n")),
        format!("v1;{}", folded(&BASE64URL_NOPAD.encode(&noise(301, 3)), 40, ";")),
        format!("v1;{}", folded(&BASE64URL_NOPAD.encode(&noise(301, 3)), 24, "|")),
        format!("{{\"d\":\"v1:\\n{}\"}}", folded(&base64(300), 72, "\\n")),
        format!("<~{}\n~>", folded(&drawn(&super::ADOBE, 300), 72, "\n")),
    ];
    for width in [16, 20, 32, 48, 50, 64, 72, 76, 79] {
        table.push(format!("header: v1\n\n{}\n\nThe end.", folded(&base64(500), width, "\n")));
    }
    for text in table {
        let digits = text.bytes().filter(u8::is_ascii_alphanumeric).count();
        assert!(unread(&text) * 10 >= digits * 4, "{} of {text}", unread(&text));
    }
}

#[test]
fn what_is_folded_and_says_something_is_read() {
    let prose = "We the people keep a diary of every address that is visited. ".repeat(9);
    let head = "Content-Transfer-Encoding: base64\r\n\r\n";
    let text = format!("{head}{}", folded(&BASE64.encode(prose.as_bytes()), 76, "\r\n"));
    assert_eq!(unread(&text), 0, "{:?}", layers(text.as_bytes()));
    // Noise in lines may be a stream that a codec opens.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mixed =
        format!("{{\"email\":\"ada@example.org\",\"id\":\"{}\"}}", HEXLOWER.encode(&noise(90, 5)));
    std::io::Write::write_all(&mut gzip, mixed.as_bytes()).expect("writes");
    let sent = BASE64.encode(&gzip.finish().expect("finishes"));
    let text = format!("v1\n\n{}\n", folded(&sent, 64, "\n"));
    let found = layers(text.as_bytes());
    assert!(found.iter().any(|l| l.ends_with("$.email = ada@example.org")), "{found:?}");
}

#[test]
fn lines_that_only_look_folded_stay_as_they_are() {
    let list = |separator: &str, item: &dyn Fn(u64) -> String| {
        (1..40).map(|seed| item(seed * 31)).collect::<Vec<_>>().join(separator)
    };
    let hex = |len, seed| HEXLOWER.encode(&noise(len, seed));
    let base62 = |len: usize, seed: u64| {
        BASE64.encode(&noise(len, seed)).replace(['+', '/', '='], "x")[..len].to_owned()
    };
    let css = ".o{display:flex;margin:0 auto;background-image:url(/static/img/hero-2x.webp)}\n";
    let script = "!function(e,t){\"object\"==typeof exports?module.exports=t():e.Sealed=t()}\n\
                  (this,(function(){var e=new WeakMap,t=getComputedStyle,n=e.get(t)||0;return n}\n";
    let trace = "java.lang.IllegalStateException: closed\n\tat org.example.telemetry.Uploader\
                 .send(Uploader.java:212)\n\tat org.example.telemetry.UploadWorker\
                 .run(UploadWorker.java:87)\n\tat java.base/java.util.concurrent.\
                 ThreadPoolExecutor$Worker.run(ThreadPoolExecutor.java:642)\n";
    let minidump_modules = "libchrome.so 7f3b2c000000 4c1e2f6a9d0b8e7f5a3c1d2e4b6f8a90 \
                            libc.so.6 7f3b1a000000 9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b\n";
    let table = [
        list("\n", &|seed| hex(32, seed)),
        list("\n", &|seed| hex(20, seed)),
        format!("{}\n{}", list("\n", &|seed| hex(20, seed)), "refs/heads/main"),
        list("\n", &|seed| format!("{}  src/file{seed}.rs", hex(32, seed))),
        list("\n", &|seed| base62(64, seed)),
        list("\n", &|seed| base62(28, seed)),
        list("\n", &|seed| BASE64.encode(&noise(32, seed))),
        list("\n", &|seed| BASE64URL_NOPAD.encode(&noise(32, seed))),
        list("\n", &|seed| BASE64URL_NOPAD.encode(&noise(16, seed))),
        list(",", &|seed| BASE64URL_NOPAD.encode(&noise(48, seed))),
        list(",", &|seed| hex(12, seed)),
        list("\n", &|seed| format!("17953300{seed:011}")),
        list(" ", &|seed| format!("00-{}-{}-01", hex(16, seed), hex(8, seed + 1))),
        format!("{};{};{}", hex(32, 1), hex(32, 2), hex(16, 3)),
        css.repeat(30),
        script.repeat(20),
        trace.repeat(9),
        minidump_modules.repeat(9),
        "donaudampfschifffahrtsgesellschaftskapitaen\n".repeat(30) + "kapitaenspatent",
        "Llanfairpwllgwyngyllgogerychwyrndrobwll\nantysiliogogogoch\n".repeat(20),
    ];
    for text in table {
        assert_eq!(unread(&text), 0, "{text}\n{:?}", layers(text.as_bytes()));
    }
}

#[test]
fn words_beside_noise_are_kept() {
    let hex = HEXLOWER.encode(&noise(100, 3));
    let found = layers(format!("user ada@example.org sent {hex} today").as_bytes());
    assert_eq!(found[0], "text[0] = user ada@example.org sent ");
    assert!(found[1].starts_with("hex = "));
    assert_eq!(found[2], "text[1] =  today");
}

#[test]
fn what_only_looks_like_noise_stays_as_it_is() {
    let hex = |len, seed| HEXLOWER.encode(&noise(len, seed));
    let uuid = |seed| {
        let h = hex(16, seed);
        [&h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..]].join("-")
    };
    let list = |separator: &str, item: &dyn Fn(u64) -> String| {
        (1..40).map(|seed| item(seed * 31)).collect::<Vec<_>>().join(separator)
    };
    let prose = "We the people keep a diary of every address that is visited, and of nothing \
                 else whatsoever, because that is what the manual of the browser says.";
    let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ";
    let table = [
        hex(48, 1),
        hex(64, 2),
        list(",", &uuid),
        list("_", &uuid),
        list("/", &uuid),
        list(" ", &|seed| hex(32, seed)),
        list(";", &|seed| hex(64, seed)),
        list(",", &|seed| BASE64.encode(&noise(32, seed))),
        prose.repeat(20),
        prose.replace([' ', ',', '.'], "").repeat(4),
        prose.replace([' ', ',', '.'], "_").repeat(4),
        prose.replace(' ', "/").repeat(4),
        "https://www.example.org/".to_owned() + &prose.replace([' ', ',', '.'], "-"),
        "com/example/application/MainActivity$InnerClass.onCreateView/".repeat(5),
        "org.example.Telemetry.INSTANCE.getUploader().send(Payload.of(\"x\"));".repeat(3),
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".repeat(2),
        "deadbeef".repeat(60),
        "0123456789".repeat(40),
        format!("see {jwt}.{} for more", BASE64URL_NOPAD.encode(&noise(256, 8))),
        format!("cVb0Zq-7QkSx:APA91b{}", &BASE64URL_NOPAD.encode(&noise(110, 8))[..134]),
    ];
    for text in table {
        assert_eq!(unread(&text), 0, "{text}\n{:?}", layers(text.as_bytes()));
    }
}
