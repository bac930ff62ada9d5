//! All ways into the proxy, by one port.

use candor_capture::Side;
use candor_case::EventKind;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use crate::support::{Bench, Origin, ask, client_config, lines, patient, read_exactly, read_head};

const GET: &str = "GET /x?y HTTP/1.1\r\nHost: a.candor.test\r\nX-One: 1\r\n\r\n";

#[tokio::test]
async fn connect_and_tls() {
    let bench = Bench::sinkhole().await;
    let mut tls = bench.tls("a.candor.test", &["http/1.1"]).await;
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let (head, body) = ask(&mut tls, GET).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert_eq!(body, "GET https://a.candor.test/x?y 0");
    // The same connection serves another request.
    let (_, body) =
        ask(&mut tls, "POST /z HTTP/1.1\r\nHost: a\r\ncontent-length: 3\r\n\r\nabc").await;
    assert_eq!(body, "POST https://a.candor.test/z 3");
    let seen = bench.sink.ended(2).await;
    assert_eq!(seen[0].head().request.url, "https://a.candor.test/x?y");
    assert_eq!(seen[0].head().protocols, ["http/1.1", "tls/1.3"]);
    assert_eq!(lines(&seen[0].head().request.headers), ["Host: a.candor.test", "X-One: 1"]);
    assert_eq!(seen[0].response.as_ref().map(|r| r.status), Some(200));
    assert_eq!(seen[1].body(Side::Request), b"abc");
    assert_eq!(seen[1].ended(), Some((true, true)));
    assert_ne!(seen[0].head().id, seen[1].head().id);
    let events = bench.sink.events();
    let [EventKind::Connection { how, target, sni, alpn_offered, alpn, tls, client, .. }] =
        &events[..]
    else {
        panic!("{events:#?}")
    };
    assert_eq!((how.as_str(), target.as_str()), ("connect", "a.candor.test:443"));
    assert_eq!(sni.as_deref(), Some("a.candor.test"));
    assert_eq!(
        (&alpn_offered[..], alpn.as_deref()),
        (&["http/1.1".to_owned()][..], Some("http/1.1"))
    );
    assert_eq!(tls.as_deref(), Some("TLSv1.3"));
    assert!(client.starts_with("127.0.0.1:"), "{client}");
}

#[tokio::test]
async fn connect_and_plain_http() {
    let bench = Bench::sinkhole().await;
    let mut tunnel = bench.tunnel("a.candor.test:8080").await;
    let (_, body) = ask(&mut tunnel, GET).await;
    assert_eq!(body, "GET http://a.candor.test:8080/x?y 0");
}

#[tokio::test]
async fn absolute_form_to_changing_hosts() {
    let origin = Origin::start(None, |mut wire| async move {
        loop {
            let head = read_head(&mut wire).await;
            if head.is_empty() {
                return;
            }
            let told = head.replace("\r\n", "|");
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{told}", told.len());
            wire.write_all(answer.as_bytes()).await.expect("written");
        }
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tcp = bench.tcp().await;
    for host in ["one.example.org", "two.example.org", "two.example.org"] {
        let request = format!(
            "GET http://{host}/p?q HTTP/1.1\r\nHOST: {host}\r\nProxy-Connection: keep-alive\r\n\
             proxy-authorization: Basic eDp5\r\nz: 1\r\nA: 2\r\n\r\n"
        );
        let (_, told) = ask(&mut tcp, &request).await;
        assert_eq!(told, format!("GET /p?q HTTP/1.1|HOST: {host}|z: 1|A: 2||"));
    }
    let seen = bench.sink.ended(3).await;
    assert_eq!(seen[0].head().request.url, "http://one.example.org/p?q");
    let recorded = lines(&seen[0].head().request.headers);
    assert_eq!(recorded[1..3], ["Proxy-Connection: keep-alive", "proxy-authorization: Basic eDp5"]);
    let upstreams = |e: &&EventKind| matches!(e, EventKind::Upstream { .. });
    assert_eq!(bench.sink.events().iter().filter(upstreams).count(), 2, "one is used twice");
}

#[tokio::test]
async fn a_browser_that_opens_the_proxy_is_helped() {
    let bench = Bench::sinkhole().await;
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", bench.address);
    let (head, body) = ask(&mut bench.tcp().await, &request).await;
    assert!(
        head.starts_with("HTTP/1.1 200") && body.contains("http://candor.test/"),
        "{head}{body}"
    );
    assert!(bench.sink.exchanges().is_empty());
}

#[tokio::test]
async fn a_path_with_another_host_goes_there() {
    let bench = Bench::sinkhole().await;
    let (_, body) = ask(&mut bench.tcp().await, GET).await;
    assert_eq!(body, "GET http://a.candor.test/x?y 0");
}

#[tokio::test]
async fn socks5_by_name_and_address() {
    let bench = Bench::sinkhole().await;
    let name = [&[5, 1, 0, 3, 13][..], b"a.candor.test", &[0, 80]].concat();
    let v4 = vec![5, 1, 0, 1, 192, 0, 2, 1, 0, 80];
    let v6 = [&[5, 1, 0, 4, 0x20, 1, 0x0d, 0xb8][..], &[0; 11], &[1, 0, 80]].concat();
    for (request, url) in [
        (name, "http://a.candor.test/x?y"),
        // Of an address the request itself must say the name.
        (v4, "http://a.candor.test/x?y"),
        (v6, "http://a.candor.test/x?y"),
    ] {
        let mut tcp = bench.tcp().await;
        tcp.write_all(&[5, 2, 2, 0]).await.expect("written");
        assert_eq!(read_exactly(&mut tcp, 2).await, [5, 0]);
        tcp.write_all(&request).await.expect("written");
        assert_eq!(read_exactly(&mut tcp, 10).await[..2], [5, 0]);
        let (_, body) = ask(&mut tcp, GET).await;
        assert_eq!(body, format!("GET {url} 0"));
    }
    let mut tcp = bench.tcp().await;
    tcp.write_all(&[5, 1, 2]).await.expect("written");
    assert_eq!(read_exactly(&mut tcp, 2).await, [5, 0xff]);
}

#[tokio::test]
async fn direct_tls_goes_where_the_server_name_says() {
    let bench = Bench::sinkhole().await;
    let tcp = bench.tcp().await;
    let mut tls = bench.tls_over(tcp, "sa.api.intl.maker.test", &[]).await;
    let (_, body) = ask(&mut tls, GET).await;
    assert_eq!(body, "GET https://sa.api.intl.maker.test/x?y 0");
    let target = bench
        .sink
        .event_that(|e| match e {
            EventKind::Connection { how, target, .. } if how == "tls" => Some(target.clone()),
            _ => None,
        })
        .await;
    assert_eq!(target, "sa.api.intl.maker.test:443");
}

#[tokio::test]
async fn an_address_gets_a_certificate_of_its_own() {
    let bench = Bench::sinkhole().await;
    for host in ["127.0.0.1", "::1"] {
        let target =
            if host.contains(':') { format!("[{host}]:443") } else { format!("{host}:443") };
        let tcp = bench.tunnel(&target).await;
        let mut tls = bench.tls_over(tcp, host, &[]).await;
        let (head, _) = ask(&mut tls, "GET / HTTP/1.1\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 204"), "{head}");
    }
}

#[tokio::test]
async fn what_is_no_protocol_is_a_gap() {
    let bench = Bench::sinkhole().await;
    let mut tcp = bench.tcp().await;
    tcp.write_all(b"\x10\x25\0\x04MQTT").await.expect("written");
    assert_eq!(patient(tcp.read(&mut [0; 9])).await.unwrap_or(0), 0);
    let mut tunnel = bench.tunnel("broker.example.org:1883").await;
    tunnel.write_all(b"\x10\x25\0\x04MQTT").await.expect("written");
    assert_eq!(patient(tunnel.read(&mut [0; 9])).await.unwrap_or(0), 0);
    let gaps = bench
        .sink
        .wait("two gaps", |sink| {
            let gap = |e: &EventKind| match e {
                EventKind::Gap { host, bytes, .. } => Some((host.clone(), *bytes)),
                _ => None,
            };
            Some(sink.events().iter().filter_map(gap).collect::<Vec<_>>()).filter(|g| g.len() == 2)
        })
        .await;
    assert_eq!(gaps, [(String::new(), Some(8)), ("broker.example.org".into(), Some(8))]);
}

#[tokio::test]
async fn unknown_protocols_pass_to_a_real_server_and_are_counted() {
    // It greets first, as mail servers do, and echoes.
    let origin = Origin::start(None, |mut wire| async move {
        wire.write_all(b"220 hello\r\n").await.expect("written");
        let word = read_exactly(&mut wire, 6).await;
        wire.write_all(&word).await.expect("written");
    })
    .await;
    let bench = Bench::direct(&origin).await;
    let mut tunnel = bench.tunnel("mail.example.org:25").await;
    assert_eq!(read_exactly(&mut tunnel, 11).await, b"220 hello\r\n");
    tunnel.write_all(b"EHLO\r\n").await.expect("written");
    assert_eq!(read_exactly(&mut tunnel, 6).await, b"EHLO\r\n");
    drop(tunnel);
    let (bytes, detail) = bench
        .sink
        .event_that(|e| match e {
            EventKind::Gap { bytes, detail, .. } => Some((*bytes, detail.clone())),
            _ => None,
        })
        .await;
    assert_eq!(bytes, Some(6));
    assert!(detail.contains("6 bytes sent, 17 received"), "{detail}");
}

#[tokio::test]
async fn a_proxy_without_sni_or_target_says_so() {
    let bench = Bench::sinkhole().await;
    let config = client_config(&[bench.authority.certificate_der().to_vec()], &[]);
    // An address as a server name is not sent.
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    let tried = TlsConnector::from(config).connect(name, bench.tcp().await).await;
    assert!(tried.is_err());
    let detail = bench
        .sink
        .event_that(|e| match e {
            EventKind::Gap { detail, .. } => Some(detail.clone()),
            _ => None,
        })
        .await;
    assert!(detail.contains("without a server name"), "{detail}");
}
