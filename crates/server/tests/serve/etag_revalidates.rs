use crate::support::{Running, request};

/// The page is asked for again each time, and not sent again.
#[tokio::test]
async fn a_known_page_is_not_sent_again() {
    let server = Running::start(&[]);
    for encoding in ["identity", "gzip", "br"] {
        let accept = format!("Accept-Encoding: {encoding}");
        let first = server.get("/", &[&accept]).await;
        assert_eq!(first.status, 200);
        assert_eq!(first.header("cache-control"), "no-cache");
        assert_eq!(first.header("vary"), "accept-encoding");
        assert!(!first.body.is_empty());
        let tag = first.header("etag");
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");

        let known = format!("If-None-Match: \"other\", {tag}");
        let again = server.get("/", &[&accept, &known]).await;
        assert_eq!(again.status, 304);
        assert!(again.body.is_empty());
        assert_eq!(again.header("etag"), tag);
        assert_eq!(again.header("vary"), "accept-encoding");

        let stale = server
            .get("/", &[&accept, "If-None-Match: \"other\""])
            .await;
        assert_eq!(stale.status, 200);
        assert_eq!(stale.body, first.body);

        let head = server
            .ask(&request("HEAD", "/", "localhost", &[&accept]))
            .await;
        assert_eq!(head.header("content-length"), first.body.len().to_string());
        assert_eq!(head.header("etag"), tag);
    }
}

/// A file whose name holds its content's hash never changes.
#[tokio::test]
async fn a_file_named_by_its_content_is_kept_for_ever() {
    let server = Running::start(&[]);
    let trust = server.get("/trust", &[]).await;
    let (_, rest) = trust
        .text()
        .split_once("rel=\"stylesheet\" href=\"")
        .unwrap();
    let (path, _) = rest.split_once('"').unwrap();
    let style = server.get(path, &[]).await;
    assert_eq!(style.status, 200);
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(style.header("cache-control"), "max-age=31536000, immutable");
}

/// One page, one address.
#[tokio::test]
async fn rooms_show_the_page_and_nothing_else_does() {
    let server = Running::start(&[]);
    let index = server.get("/", &[]).await;
    // The page says what is wrong with a link that something was added to, or that was cut off.
    for path in ["/r/abc?x=1", "/r/abc/", "/r/abc).", "/r/abc%20", "/r/"] {
        let answer = server.get(path, &[]).await;
        assert_eq!(answer.body, index.body, "{path}");
    }
    for path in ["/index.html", "/R/a", "//", "/..", "/r", "/index.html.br"] {
        let answer = server.get(path, &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        let text = answer.text();
        assert!(text.contains("Nothing here"));
        let mark = text.split('"').find(|it| it.ends_with(".svg"));
        let mark = server.get(mark.expect("the mark"), &[]).await;
        assert_eq!(mark.header("content-type"), "image/svg+xml");
    }
}
