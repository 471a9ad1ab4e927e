//! A server in this process, the program in another, and a plain HTTP client.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    process::{Command, Output},
    sync::Arc,
    time::Duration,
};

use clap::{CommandFactory as _, FromArgMatches as _};
use crabcall::{
    config::{
        self,
        args::{Args, Command as Does},
        settings::Settings,
    },
    machine::{Machine, Probe},
    server::Server,
    site::Site,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A running server with a data folder of its own.
pub struct Running {
    pub site: Arc<Site>,
    pub folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Running {
    /// On free ports of the loopback address, with more arguments, on a machine without a network.
    pub fn start(more: &[&str]) -> Self {
        Self::start_on(
            more,
            Probe::new(Duration::from_secs(3600), Machine::default),
        )
    }

    /// The same on another machine.
    pub fn start_on(more: &[&str], probe: Probe) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), more, probe)
    }

    /// A server that was started anew: with the data folder of one before it.
    pub fn start_again(folder: TempDir, more: &[&str]) -> Self {
        let hour = Duration::from_secs(3600);
        Self::start_in(folder, more, Probe::new(hour, Machine::default))
    }

    fn start_in(folder: TempDir, more: &[&str], probe: Probe) -> Self {
        let server = Server::start(settings(folder.path(), more), probe).unwrap();
        let site = Arc::clone(server.site());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async {
            // An error means that the test is over.
            let _ended = stopped.await;
        }));
        Self {
            site,
            folder,
            stop: Some(stop),
            task,
        }
    }

    pub fn http(&self) -> SocketAddr {
        self.site.bound.http.unwrap()
    }

    pub fn https(&self) -> SocketAddr {
        self.site.bound.https[0]
    }

    /// Asks over plain HTTP.
    pub async fn ask(&self, request: &str) -> Answer {
        ask(TcpStream::connect(self.http()).await.unwrap(), request).await
    }

    /// GET over plain HTTP for localhost, with more header lines.
    pub async fn get(&self, path: &str, headers: &[&str]) -> Answer {
        self.ask(&request("GET", path, "localhost", headers)).await
    }

    /// A TLS connection that trusts only this server's CA.
    pub async fn tls(&self, name: &str) -> io::Result<TlsStream<TcpStream>> {
        self.tls_below(self.ca(), name).await
    }

    /// A TLS connection that trusts only this certificate.
    pub async fn tls_below(
        &self,
        root: CertificateDer<'static>,
        name: &str,
    ) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.https()).await?;
        tls_over(stream, root, name).await
    }

    pub fn ca(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.folder.path().join("ca.pem")).unwrap()
    }

    /// Stops it and waits for its end. Returns its data folder, for the next server.
    pub async fn stop(mut self) -> TempDir {
        self.stop.take().unwrap().send(()).unwrap();
        self.task.await.unwrap();
        self.folder
    }

    /// What the metrics say of this name.
    pub async fn metric(&self, name: &str) -> u64 {
        let metrics = self.get("/metrics", &[]).await;
        let mut lines = metrics.text().lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.expect("a metric").parse().unwrap()
    }
}

/// Makes a TLS handshake on a connection, with `root` as the only certificate that is trusted.
pub async fn tls_over(
    stream: TcpStream,
    root: CertificateDer<'static>,
    name: &str,
) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(root).unwrap();
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// A connection as a proxy makes it for the client at `source`: with the head of the PROXY
/// protocol, version 2.
pub async fn announced(to: SocketAddr, source: &str) -> io::Result<TcpStream> {
    let source: SocketAddr = source.parse().unwrap();
    let mut stream = TcpStream::connect(to).await?;
    let mut head = b"\r\n\r\n\0\r\nQUIT\n\x21".to_vec();
    match source.ip() {
        IpAddr::V4(ip) => {
            head.extend([0x11, 0, 12]);
            head.extend(ip.octets());
            head.extend([192, 0, 2, 1]);
        }
        IpAddr::V6(ip) => {
            head.extend([0x21, 0, 36]);
            head.extend(ip.octets());
            head.extend([0; 16]);
        }
    }
    head.extend(source.port().to_be_bytes());
    head.extend(443_u16.to_be_bytes());
    stream.write_all(&head).await?;
    Ok(stream)
}

pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// The settings of a server on free ports of the loopback address.
pub fn settings(data_dir: &Path, more: &[&str]) -> Settings {
    let data_dir = data_dir.to_str().unwrap();
    let mut arguments = vec!["crabcall", "serve", "--data-dir", data_dir];
    if !more.contains(&"--http") {
        arguments.extend(["--http", "127.0.0.1:0"]);
    }
    if !more.contains(&"--https") {
        arguments.extend(["--https", "127.0.0.1:0"]);
    }
    if !more.contains(&"--udp") {
        arguments.extend(["--udp", "127.0.0.1:0"]);
    }
    arguments.extend(more);
    let matches = Args::command().try_get_matches_from(arguments).unwrap();
    let args = Args::from_arg_matches(&matches).unwrap();
    let Does::Serve(options) = args.command else {
        panic!("not serve");
    };
    let (_, matches) = matches.subcommand().unwrap();
    config::load(&options, matches).unwrap().settings
}

/// A request that asks for the connection to be closed after the answer.
pub fn request(method: &str, path: &str, host: &str, headers: &[&str]) -> String {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    request
}

/// Sends the request and reads until the end of the connection.
pub async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> Answer {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes).await {
        // A server may close before all of a refused request was read.
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}");
    }
    Answer::parse(&bytes)
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: BTreeMap<String, Vec<String>>,
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("no end of the head");
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            headers
                .entry(name.to_ascii_lowercase())
                .or_default()
                .push(value.trim().to_owned());
        }
        Self {
            status: status.parse().unwrap(),
            headers,
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// The header, which stands there once; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        match self.headers.get(name).map(Vec::as_slice) {
            None => "",
            Some([value]) => value,
            Some(values) => panic!("{name} stands there more than once: {values:?}"),
        }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// The program, without what the surroundings of the test say.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crabcall"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CRABCALL_") {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// The one line on which the program gave up, after checking that it did so as it should.
pub fn complaint(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(output.stdout.is_empty());
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("crabcall: "), "{text}");
    text
}

/// The program in a process of its own, by plain HTTP on a free port. It is killed when this is
/// dropped.
#[cfg(unix)]
pub struct Process {
    pub child: std::process::Child,
    pub http: SocketAddr,
}

#[cfg(unix)]
impl Process {
    /// Starts it, and waits until it prints where it listens. What it prints later is thrown away.
    pub fn spawn(command: &mut Command) -> Self {
        use std::io::{BufRead as _, BufReader};
        let mut child = command
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let http = out
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("http://localhost:")?.1.parse().unwrap()));
        std::thread::spawn(move || out.for_each(drop));
        Self {
            child,
            http: SocketAddr::from(([127, 0, 0, 1], http.expect("it says where it listens"))),
        }
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal)
            .unwrap();
    }

    /// Asks this host for a path.
    pub async fn get(&self, host: &str, path: &str) -> Answer {
        let stream = TcpStream::connect(self.http).await.unwrap();
        ask(stream, &request("GET", path, host, &[])).await
    }
}

#[cfg(unix)]
impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// The program as a command, on a free port for plain HTTP and nothing else.
pub fn serve(data_dir: &Path, more: &[&str]) -> Command {
    let mut command = program(&["serve", "--udp", "off", "--http", "127.0.0.1:0"]);
    if !more.contains(&"--https") {
        command.args(["--https", "off"]);
    }
    command.args(more).arg("--data-dir").arg(data_dir);
    command
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    command
}
