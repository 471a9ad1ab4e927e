//! Something in front of a server that spoils requests or answers, for the doctor to find.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// What happens to a request.
pub enum Act {
    /// It is passed on with this head.
    Pass(String),
    /// It is passed on with this head, and the head of the answer is changed.
    Change(String, fn(&str) -> String),
    /// It is answered with this.
    Answer(String),
    /// It is never answered.
    Hold,
}

/// Starts something that takes requests for a server, one on each connection. `act` gets the head
/// of each.
pub async fn front(
    server: SocketAddr,
    act: impl Fn(&str) -> Act + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let act = Arc::new(act);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let act = Arc::clone(&act);
            tokio::spawn(async move { serve(client, server, &*act).await });
        }
    });
    address
}

async fn serve(
    mut client: TcpStream,
    server: SocketAddr,
    act: &(dyn Fn(&str) -> Act + Send + Sync),
) -> std::io::Result<()> {
    // What is not HTTP is TURN, and is passed on.
    let mut first = [0];
    client.peek(&mut first).await?;
    if !first[0].is_ascii_uppercase() {
        let mut upstream = TcpStream::connect(server).await?;
        copy_bidirectional(&mut client, &mut upstream).await?;
        return Ok(());
    }
    let (head, rest) = head(&mut client).await?;
    let (head, change) = match act(&head) {
        Act::Answer(answer) => return client.write_all(answer.as_bytes()).await,
        Act::Hold => {
            let mut nothing = [0];
            client.read_exact(&mut nothing).await?;
            return Ok(());
        }
        Act::Pass(head) => (head, None),
        Act::Change(head, change) => (head, Some(change)),
    };
    let mut upstream = TcpStream::connect(server).await?;
    upstream.write_all(head.as_bytes()).await?;
    upstream.write_all(&rest).await?;
    if let Some(change) = change {
        let (head, rest) = self::head(&mut upstream).await?;
        client.write_all(change(&head).as_bytes()).await?;
        client.write_all(&rest).await?;
    }
    copy_bidirectional(&mut client, &mut upstream).await?;
    Ok(())
}

/// The head of a message, its empty line included, and what came after it.
async fn head(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), rest));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The path that a head asks for.
pub fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

/// A head with one more line.
pub fn with(head: &str, line: &str) -> String {
    head.replacen("\r\n", &format!("\r\n{line}\r\n"), 1)
}

/// A head with another value of a header.
pub fn instead(head: &str, name: &str, value: &str) -> String {
    head.split("\r\n")
        .map(|line| match line.split_once(':') {
            Some((found, _)) if found.eq_ignore_ascii_case(name) => format!("{found}: {value}"),
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\r\n")
}

/// An answer with a body of this type.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
