//! What candor answers itself: sinkhole, lab, its own pages.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use candor_capture::{Config, Resolve, Side};
use candor_case::EventKind;
use tokio::io::AsyncWriteExt;

use crate::support::{Bench, Origin, answer, ask, read_head};

#[tokio::test]
async fn the_sinkhole_lets_clients_go_on() {
    let bench = Bench::sinkhole().await;
    let mut tls = bench.tls("detectportal.firefox.com", &["http/1.1"]).await;
    let host = "Host: detectportal.firefox.com\r\n";
    for (line, fields, status, body) in [
        ("GET /", "", 204, ""),
        ("GET /success.txt", "", 200, "success\n"),
        ("GET /generate_204", "", 204, ""),
        ("HEAD /success.txt", "", 200, ""),
        ("GET /api", "Accept: application/json\r\n", 200, "{}"),
        ("POST /api", "Content-Length: 0\r\n", 200, "{}"),
    ] {
        let request = format!("{line} HTTP/1.1\r\n{host}{fields}\r\n");
        tls.write_all(request.as_bytes()).await.expect("written");
        if line.starts_with("HEAD") {
            let head = read_head(&mut tls).await;
            assert!(head.contains("content-length: 8"), "{head}");
            continue;
        }
        let (head, told) = answer(&mut tls).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {head}");
        assert_eq!(told, body, "{line}");
    }
    let origin = "OPTIONS /api HTTP/1.1\r\nHost: a\r\nOrigin: https://page.example.org\r\n\
                  Access-Control-Request-Method: PUT\r\n\r\n";
    let (head, _) = ask(&mut tls, origin).await;
    assert!(head.contains("access-control-allow-origin: https://page.example.org\r\n"), "{head}");
    assert!(head.contains("access-control-allow-methods: PUT\r\n"), "{head}");
}

#[tokio::test]
async fn the_certificate_can_be_fetched_through_the_proxy() {
    let bench = Bench::sinkhole().await;
    let get =
        |path: &str| format!("GET http://candor.test{path} HTTP/1.1\r\nHost: candor.test\r\n\r\n");
    let mut tcp = bench.tcp().await;
    let (_, page) = ask(&mut tcp, &get("/")).await;
    assert!(page.contains(&bench.authority.fingerprint_sha256()), "{page}");
    let (head, pem) = ask(&mut tcp, &get("/candor.pem")).await;
    assert_eq!(pem, bench.authority.certificate_pem(), "{head}");
    let (head, _) = ask(&mut tcp, &get("/candor.cer")).await;
    assert!(head.contains("content-type: application/x-x509-ca-cert\r\n"), "{head}");
    let length = format!("content-length: {}\r\n", bench.authority.certificate_der().len());
    assert!(head.contains(&length), "{head}");
    // Other paths of the host are the lab's.
    let (_, told) = ask(&mut tcp, &get("/other")).await;
    assert_eq!(told, "GET http://candor.test/other 0");
}

#[tokio::test]
async fn the_lab_answers_also_where_the_rest_goes_out() {
    let origin = Origin::start(None, |_| async {}).await;
    let bench = Bench::direct(&origin).await;
    let mut tls = bench.tls("shop.candor.test", &["http/1.1"]).await;
    let request =
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let (head, told) = ask(&mut tls, request).await;
    assert!(head.contains("x-lab: 1\r\n"), "{head}");
    assert_eq!(told, "POST https://shop.candor.test/a 3");
    let request = "GET http://maker.test/ HTTP/1.1\r\nHost: maker.test\r\n\r\n";
    let (_, told) = ask(&mut bench.tcp().await, request).await;
    assert_eq!(told, "GET http://maker.test/ 0");
    bench.sink.ended(2).await;
    assert!(!bench.sink.events().iter().any(|e| matches!(e, EventKind::Upstream { .. })));
}

#[tokio::test]
async fn nothing_leaves_the_sinkhole() {
    let origin = Origin::start(None, |_| async {}).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, address) = (Arc::clone(&asked), origin.address);
    let resolve: Resolve = Arc::new(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Some(address)
    });
    let bench = Bench::with(Config { resolve: Some(resolve), ..Config::default() }).await;
    let get = "GET / HTTP/1.1\r\nHost: a.example.org\r\n\r\n";
    let absolute = "GET http://a.example.org/ HTTP/1.1\r\nHost: a.example.org\r\n\r\n";
    ask(&mut bench.tcp().await, get).await;
    ask(&mut bench.tcp().await, absolute).await;
    ask(&mut bench.tunnel(&address.to_string()).await, get).await;
    ask(&mut bench.tls("a.example.org", &[]).await, get).await;
    let direct = bench.tcp().await;
    ask(&mut bench.tls_over(direct, "a.example.org", &[]).await, get).await;
    let mut odd = bench.tunnel(&address.to_string()).await;
    odd.write_all(b"SSH-2.0-x\r\n").await.expect("written");
    read_head(&mut odd).await;
    assert_eq!(bench.sink.ended(5).await.len(), 5);
    assert!(!bench.sink.events().iter().any(|e| matches!(e, EventKind::Upstream { .. })));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn whoever_waits_for_leave_to_send_gets_it() {
    let bench = Bench::sinkhole().await;
    let mut tcp = bench.tunnel("a.example.org:80").await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    tcp.write_all(head.as_bytes()).await.expect("written");
    assert_eq!(read_head(&mut tcp).await, "HTTP/1.1 100 Continue\r\n\r\n");
    let (_, body) = ask(&mut tcp, "abc").await;
    assert_eq!(body, "{}");
    let seen = bench.sink.ended(1).await.remove(0);
    assert_eq!(seen.body(Side::Request), b"abc");
}
