//! The closed list of what can be personal, each mapped to the vocabularies that others use.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! properties {
    ($($variant:ident $name:literal $doc:literal, $dpv:literal, $play:literal, $apple:literal;)*) => {
        /// What a value says about a person, a device or an app.
        ///
        /// The names are stable. `dpv` is the W3C Data Privacy Vocabulary (PD extension), `play`
        /// the Google Play data-safety type, `apple` the privacy-label category; empty where the
        /// vocabulary has no such entry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[allow(missing_docs, reason = "each variant is documented by the table it comes from")]
        pub enum Property { $(#[doc = $doc] $variant,)* }

        impl Property {
            /// Every property, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, such as `browsing.url`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One line for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            /// The W3C DPV-PD concept, empty if there is none.
            pub fn dpv(self) -> &'static str {
                match self { $(Self::$variant => $dpv,)* }
            }

            /// The Google Play data-safety type, empty if there is none.
            pub fn play(self) -> &'static str {
                match self { $(Self::$variant => $play,)* }
            }

            /// The Apple privacy-label category, empty if there is none.
            pub fn apple(self) -> &'static str {
                match self { $(Self::$variant => $apple,)* }
            }
        }
    };
}

properties! {
    BrowsingUrl "browsing.url" "an address that was visited", "pd:BrowsingHistory", "Web browsing history", "Browsing History";
    BrowsingSearch "browsing.search" "words that were searched for", "pd:SearchHistory", "In-app search history", "Search History";
    BrowsingTyped "browsing.typed" "text typed into the address bar", "pd:SearchHistory", "In-app search history", "Search History";
    BrowsingDownload "browsing.download" "an address that was downloaded", "pd:BrowsingHistory", "Web browsing history", "Browsing History";
    BrowsingVideo "browsing.video" "a video that was looked up or played", "pd:TVViewingBehavior", "Other user-generated content", "Product Interaction";
    PersonEmail "person.email" "an e-mail address", "pd:EmailAddress", "Email address", "Email Address";
    PersonAccount "person.account" "the name or number of an account", "pd:Username", "User IDs", "User ID";
    PersonName "person.name" "a person's name", "pd:Name", "Name", "Name";
    PersonPhone "person.phone" "a telephone number", "pd:TelephoneNumber", "Phone number", "Phone Number";
    PersonLocation "person.location" "where the person is", "pd:Location", "Precise location", "Precise Location";
    DeviceId "device.id" "a number of the device that outlives its apps", "pd:DeviceBased", "Device or other IDs", "Device ID";
    DeviceAdvertisingId "device.advertising_id" "the resettable advertising id", "pd:DeviceBased", "Device or other IDs", "Device ID";
    DeviceAddress "device.address" "an address of the device on a network", "pd:IPAddress", "Device or other IDs", "Device ID";
    DeviceModel "device.model" "model or maker of the device", "pd:DeviceApplications", "Other info", "Other Diagnostic Data";
    DeviceOsVersion "device.os_version" "name or version of the operating system", "pd:DeviceOperatingSystem", "Other info", "Other Diagnostic Data";
    DeviceLanguage "device.language" "language or region of the device", "pd:Language", "Other info", "Other Diagnostic Data";
    DeviceScreen "device.screen" "size of the screen", "pd:DeviceBased", "Other info", "Other Diagnostic Data";
    DeviceNetwork "device.network" "kind of network or name of the operator", "pd:DeviceBased", "Other info", "Other Diagnostic Data";
    AppInstallId "app.install_id" "a number of one installation", "pd:DeviceBased", "Device or other IDs", "Device ID";
    AppSessionId "app.session_id" "a number of one session", "pd:DeviceBased", "Device or other IDs", "Device ID";
    AppVersion "app.version" "version of the app", "pd:DeviceSoftware", "Other app performance data", "Other Diagnostic Data";
    AppCrash "app.crash" "a crash or error report", "pd:DeviceSoftware", "Crash logs", "Crash Data";
    AppPerformance "app.performance" "times, memory and responsiveness", "pd:DeviceSoftware", "Diagnostics", "Performance Data";
    AppPreference "app.preference" "a setting of the app", "pd:Preference", "App interactions", "Product Interaction";
    AppUsage "app.usage" "which features were used", "pd:ServiceConsumptionBehavior", "App interactions", "Product Interaction";
    EventTime "event.time" "the moment of a single action", "pd:Behavioral", "App interactions", "Product Interaction";
    Control "control" "candor's own control value", "", "", "";
}

impl Property {
    /// Whether a value of this kind comes from what somebody did at a moment: a page opened, words
    /// typed, a name given. Others, such as numbers of the device, are there all the time.
    pub fn comes_from_an_action(self) -> bool {
        self.name().starts_with("browsing.") || self.name().starts_with("person.")
    }

    /// Whether a value of this kind ties records together by itself.
    pub fn ties_records(self) -> bool {
        matches!(
            self,
            Self::PersonEmail
                | Self::PersonAccount
                | Self::PersonPhone
                | Self::DeviceId
                | Self::DeviceAdvertisingId
                | Self::AppInstallId
                | Self::AppSessionId
        )
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Property {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|p| p.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|p| p.name()).collect();
            format!("unknown property `{name}`, known are {}", known.join(", "))
        })
    }
}

impl TryFrom<String> for Property {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<Property> for String {
    fn from(property: Property) -> Self {
        property.name().to_owned()
    }
}
