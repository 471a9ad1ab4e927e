use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use rustix::{pipe::fcntl_setpipe_size, process::Signal};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::support::{Process, serve};

/// A pipe that nobody reads becomes full and then blocks whoever writes to it. That must not be the
/// server.
#[tokio::test]
async fn a_server_whose_log_nobody_reads_answers_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = serve(folder.path(), &["--log-level", "debug"]);
    let mut server = Process::spawn(command.stderr(Stdio::piped()));
    fcntl_setpipe_size(server.child.stderr.as_ref().unwrap(), 4_096).unwrap();
    let is_full = async |server: &Process| {
        let metrics = server.get("localhost", "/metrics").await;
        let unread = metrics.text().lines().find_map(|line| {
            line.strip_prefix("crabcall_log_lines_left_out_total{reason=\"unread\"} ")
        });
        unread.expect("the metric").parse::<u64>().unwrap() > 0
    };
    let until_full = async {
        while !is_full(&server).await {
            for _ in 0..100 {
                // Each of these requests makes a line in the log.
                let mut stream = TcpStream::connect(server.http).await.unwrap();
                stream.write_all(b"NO SENSE\r\n\r\n").await.unwrap();
                stream.read_to_end(&mut Vec::new()).await.unwrap();
            }
            assert_eq!(server.get("localhost", "/healthz").await.status, 200);
        }
    };
    timeout(Duration::from_secs(60), until_full)
        .await
        .expect("it goes on answering");
    let begun = Instant::now();
    server.signal(Signal::TERM);
    let status = server.child.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}
