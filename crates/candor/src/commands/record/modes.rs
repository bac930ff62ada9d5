//! What to listen for and where, as the command line says it.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use candor_capture::Upstream;

/// The port where none is named.
const PORT: u16 = 8080;

/// An address to listen on, with or without a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Listen {
    pub(super) ip: IpAddr,
    port: Option<u16>,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self { ip: address.ip(), port: Some(address.port()) });
        }
        let ip = text.parse().map_err(|_| "expected ADDRESS or ADDRESS:PORT".to_owned())?;
        Ok(Self { ip, port: None })
    }
}

/// One listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) upstream: Upstream,
    pub(super) port: u16,
}

/// The listeners that were asked for; the real network at one port if none were.
pub(super) fn modes(specs: &[String], listen: Listen) -> Result<Vec<Mode>> {
    let port = listen.port.unwrap_or(PORT);
    if specs.is_empty() {
        return Ok(vec![Mode { upstream: Upstream::Direct, port }]);
    }
    specs.iter().map(|spec| mode(spec, port)).collect()
}

fn mode(spec: &str, port: u16) -> Result<Mode> {
    let (name, port) = match spec.split_once('@') {
        Some((name, port)) => {
            let port =
                port.parse().with_context(|| format!("--mode {spec}: `{port}` is no port"))?;
            (name, port)
        }
        None => (spec, port),
    };
    match name {
        "regular" | "socks5" => Ok(Mode { upstream: Upstream::Direct, port }),
        "sinkhole" => Ok(Mode { upstream: Upstream::Sinkhole, port }),
        _ => bail!("--mode {spec}: known are regular, socks5 and sinkhole, each with @PORT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_without_port_takes_the_listeners() {
        let listen = |text: &str| text.parse::<Listen>().unwrap();
        let ports = |specs: &[&str], at: &str| -> Vec<u16> {
            let specs: Vec<String> = specs.iter().map(|&spec| spec.to_owned()).collect();
            modes(&specs, listen(at)).unwrap().iter().map(|mode| mode.port).collect()
        };
        assert_eq!(ports(&[], "0.0.0.0:9000"), [9000]);
        assert_eq!(ports(&["sinkhole", "socks5@7"], "::1"), [8080, 7]);
        assert_eq!(ports(&["sinkhole"], "[::]:5"), [5]);
        assert!("localhost".parse::<Listen>().is_err());
        assert!(modes(&["nonsense".to_owned()], listen("127.0.0.1")).is_err());
    }
}
