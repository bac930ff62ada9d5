//! How `candor record` reaches servers other than by the public names and authorities: the
//! operator's word, written into the run so that nobody takes it for the world's.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use candor_capture::Resolve;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

/// For a server of one's own: a test bench, a staging system.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Servers of your own (operator options; the run records their use)")]
pub struct Reach {
    /// Reach HOST:PORT at the IP address ADDR whatever the name says; repeatable. The
    /// certificate must still be HOST's
    #[arg(long, value_name = "HOST:PORT:ADDR", hide_short_help = true)]
    resolve: Vec<Override>,
    /// Trust the authorities in this PEM file beside the public ones; repeatable
    #[arg(long, value_name = "FILE.pem", hide_short_help = true)]
    trust: Vec<PathBuf>,
}

/// One name that is led elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Override {
    host: String,
    port: u16,
    address: IpAddr,
}

impl Reach {
    /// The names that are led elsewhere, as capture asks for them; `None` if there are none.
    pub(crate) fn overrides(&self) -> Option<Resolve> {
        let list = self.resolve.clone();
        let find = move |host: &str, port: u16| {
            let known =
                |entry: &&Override| entry.port == port && entry.host.eq_ignore_ascii_case(host);
            list.iter().find(known).map(|entry| SocketAddr::new(entry.address, entry.port))
        };
        (!self.resolve.is_empty()).then(|| Arc::new(find) as Resolve)
    }

    /// The authorities that are trusted beside the public ones, as DER.
    pub(crate) fn roots(&self) -> Result<Vec<Vec<u8>>> {
        let mut roots = Vec::new();
        for path in &self.trust {
            roots.extend(certificates(path)?);
        }
        Ok(roots)
    }

    /// What the run says of it: the names that were led elsewhere, and digests of the authorities.
    pub(crate) fn environment(&self, roots: &[Vec<u8>]) -> BTreeMap<String, String> {
        let led: Vec<String> = self.resolve.iter().map(ToString::to_string).collect();
        let digests: Vec<String> = roots
            .iter()
            .map(|der| format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest(der))))
            .collect();
        [("resolve", led.join(" ")), ("trust", digests.join(" "))]
            .into_iter()
            .filter(|(_, said)| !said.is_empty())
            .map(|(key, said)| (key.to_owned(), said))
            .collect()
    }
}

fn certificates(path: &Path) -> Result<Vec<Vec<u8>>> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<CertificateDer<'_>>, _>>)
        .with_context(|| format!("--trust {}: not a PEM file of certificates", path.display()))?;
    if found.is_empty() {
        bail!("--trust {}: no certificate in it", path.display());
    }
    Ok(found.iter().map(|certificate| certificate.to_vec()).collect())
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(address)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err("give HOST:PORT:ADDR, as in www.example.org:443:127.0.0.1".into());
        };
        if host.is_empty() {
            return Err("the host is missing".into());
        }
        let bare = address.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            host: host.to_owned(),
            port: port.parse().map_err(|_| format!("`{port}` is no port"))?,
            address: bare.parse().map_err(|_| format!("`{address}` is no IP address"))?,
        })
    }
}

impl std::fmt::Display for Override {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address {
            IpAddr::V4(address) => write!(f, "{}:{}:{address}", self.host, self.port),
            IpAddr::V6(address) => write!(f, "{}:{}:[{address}]", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(texts: &[&str]) -> Reach {
        let resolve = texts.iter().map(|text| text.parse().expect("well formed")).collect();
        Reach { resolve, trust: vec![] }
    }

    #[test]
    fn a_name_is_led_elsewhere_at_its_port_alone() {
        let reach = reach(&["Www.example.org:443:127.0.0.1", "v6.example.org:8443:[::1]"]);
        let find = reach.overrides().expect("some");
        assert_eq!(find("www.EXAMPLE.org", 443), "127.0.0.1:443".parse().ok());
        assert_eq!(find("v6.example.org", 8443), "[::1]:8443".parse().ok());
        assert_eq!(find("www.example.org", 80), None);
        assert_eq!(find("example.org", 443), None);
        let said = reach.environment(&[vec![1, 2, 3]]);
        assert_eq!(said["resolve"], "Www.example.org:443:127.0.0.1 v6.example.org:8443:[::1]");
        assert!(said["trust"].starts_with("sha256:039058c6f2c0cb492c533b0a4d14ef77"), "{said:?}");
    }

    #[test]
    fn nothing_said_changes_nothing() {
        let reach = Reach::default();
        assert!(reach.overrides().is_none());
        assert_eq!(reach.roots().expect("no file"), Vec::<Vec<u8>>::new());
        assert!(reach.environment(&[]).is_empty());
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        let why = |text: &str| text.parse::<Override>().expect_err("nonsense");
        assert!(why("www.example.org").contains("HOST:PORT:ADDR"));
        assert!(why(":443:127.0.0.1").contains("host"));
        assert!(why("a:many:127.0.0.1").contains("`many` is no port"));
        assert!(why("a:443:b").contains("`b` is no IP address"));
    }

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("empty.pem");
        std::fs::write(&path, "nothing").expect("written");
        let reach = Reach { resolve: vec![], trust: vec![path] };
        assert!(reach.roots().expect_err("refused").to_string().contains("no certificate in it"));
    }
}
