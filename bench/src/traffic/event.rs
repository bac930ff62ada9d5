//! Single events as JSON text, in the two shapes that most SDKs have.

use candor_case::Property;

use super::device::Device;
use crate::random::Random;

/// Writes what one exchange tells.
pub(super) struct Writer<'a> {
    pub(super) random: &'a mut Random,
    pub(super) device: &'a Device,
    /// What this exchange must tell; taken by the first event that has room for it.
    pub(super) planted: Option<(Property, String)>,
    /// Milliseconds since 1970.
    pub(super) now_ms: i64,
}

impl Writer<'_> {
    /// The planted value, if it is of that kind and not told yet.
    fn take(&mut self, properties: &[Property]) -> Option<String> {
        let fits = self.planted.as_ref().is_some_and(|(kind, _)| properties.contains(kind));
        if fits { self.planted.take().map(|(_, value)| value) } else { None }
    }

    /// A page's address.
    pub(super) fn page(&mut self) -> String {
        let planted = self.take(&[Property::BrowsingUrl]);
        planted.unwrap_or_else(|| self.random.pick(&self.device.pages).clone())
    }

    /// Words that somebody searched for, or the title of a page.
    pub(super) fn phrase(&mut self) -> String {
        let planted = self.take(&[Property::BrowsingSearch]);
        planted.unwrap_or_else(|| self.random.words(5, " "))
    }

    /// Whoever is signed in.
    pub(super) fn person(&mut self) -> String {
        let planted = self.take(&[Property::PersonEmail, Property::PersonAccount]);
        planted.unwrap_or_else(|| "guest".to_owned())
    }

    /// The number of the device.
    pub(super) fn device_id(&mut self) -> String {
        self.take(&[Property::DeviceId]).unwrap_or_else(|| self.device.device.clone())
    }

    /// An event as the Sensors Analytics SDKs send it.
    pub(super) fn statistics_event(&mut self) -> String {
        let (install, model) = (self.device.install.clone(), self.device.model.clone());
        let (url, title, login, device) =
            (self.page(), self.phrase(), self.person(), self.device_id());
        let (track, late) = (self.random.below(1 << 32), self.random.below(15_000));
        let (time, flushed) = (self.now_ms - late as i64, self.now_ms);
        let (took, size) = (self.random.below(4_000), self.random.below(900_000));
        let name = *self.random.pick(&["page_load_event_start", "page_load_event_finish", "tab"]);
        format!(
            r#"{{"_track_id":{track},"time":{time},"type":"track","event":"{name}","distinct_id":"{install}","anonymous_id":"{install}","login_id":"{login}","lib":{{"$lib":"Android","$lib_version":"3.2.10","$app_version":"3.4.0","$lib_method":"code","$lib_detail":"a.b.c##onPageStarted##Web.java##{}"}},"properties":{{"$lib":"Android","$lib_version":"3.2.10","$os":"Android","$os_version":"10","$manufacturer":"Example","$model":"{model}","$app_version":"3.4.0","$screen_width":1080,"$screen_height":2340,"$carrier":"none","$device_id":"{device}","$wifi":true,"$network_type":"WIFI","$is_first_day":false,"uuid":"{install}","platform":"AndroidApp","region":"ZZ","internet_status":1,"system_language":"en","url":"{url}","$title":"{title}","took":{took},"size":{size}}},"_flush_time":{flushed}}}"#,
            self.random.below(900),
        )
    }

    /// An event as product-analytics SDKs send it in plain JSON.
    pub(super) fn product_event(&mut self) -> String {
        let (install, client) = (self.device.install.clone(), self.device.client.clone());
        let (url, from, title, user, device) =
            (self.page(), self.page(), self.phrase(), self.person(), self.device_id());
        let (session, id) = (self.now_ms / 1_800_000, self.random.uuid());
        format!(
            r#"{{"insert_id":"{id}","event_type":"$pageview","device_id":"{device}","user_id":"{user}","session_id":{session},"time":{},"platform":"Web","language":"en-GB","library":"simulated-js/2.4","event_properties":{{"$current_url":"{url}","$referrer":"{from}","$title":"{title}","$browser":"Simulated","$browser_version":156,"$os":"Linux","$screen_height":1080,"$screen_width":1920,"$insert":"{client}","scroll":{},"visible":true,"elements":[{{"tag":"a","text":"{}","nth":{}}},{{"tag":"div","classes":["{}","{}"]}}]}},"user_properties":{{"initial_referrer":"{from}","install":"{install}"}}}}"#,
            self.now_ms,
            self.random.below(100),
            self.random.words(3, " "),
            self.random.below(30),
            self.random.word(),
            self.random.word(),
        )
    }
}
