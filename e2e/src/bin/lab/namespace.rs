//! Network namespaces, and what is done inside of them.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::fd::AsFd,
    path::Path,
    process::Command,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context, Result, anyhow, ensure};
use e2e::{Place, Process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::{io::copy_bidirectional, task::AbortHandle};

type Job = Box<dyn FnOnce() + Send>;

/// A network namespace. It goes with the last clone of this value.
#[derive(Debug, Clone)]
pub struct Namespace(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    /// To the one thread that has moved there: what it opens belongs there, wherever it is used.
    jobs: mpsc::Sender<Job>,
    forwards: Mutex<Vec<AbortHandle>>,
}

impl Namespace {
    /// Makes one that has nothing but its loopback address.
    pub fn create(name: &str) -> Result<Self> {
        run("ip", &["netns", "add", name])?;
        let (jobs, todo) = mpsc::channel::<Job>();
        spawn_in(name, format!("in {name}"), move || {
            todo.into_iter().for_each(|job| job());
            Ok(())
        })?;
        let namespace = Self(Arc::new(Inner {
            name: name.to_owned(),
            jobs,
            forwards: Mutex::default(),
        }));
        // An address that has to wait to be valid is, for a browser, a network that changes: it gives
        // up the page that is on its way.
        namespace.run(|| std::fs::write("/proc/sys/net/ipv6/conf/default/accept_dad", "0"))??;
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// Its name for `ip -n`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Does something quick there.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = mpsc::sync_channel(1);
        let job = Box::new(move || {
            let _ = answer.send(job());
        });
        let gone = || format!("the thread in {} has gone", self.name());
        self.0.jobs.send(job).ok().with_context(gone)?;
        answered.recv().with_context(gone)
    }

    /// Does something long there, in a thread of its own.
    pub fn thread<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<JoinHandle<Result<T>>> {
        spawn_in(self.name(), what.to_owned(), work)
    }

    /// `ip` with these arguments.
    pub fn ip(&self, arguments: &str) -> Result<()> {
        self.tool("ip", arguments)
    }

    /// `tc` with these arguments.
    pub fn tc(&self, arguments: &str) -> Result<()> {
        self.tool("tc", arguments)
    }

    fn tool(&self, program: &str, arguments: &str) -> Result<()> {
        let mut all = vec!["-n", self.name()];
        all.extend(arguments.split_whitespace());
        run(program, &all)
    }

    /// `nft` with this script.
    pub fn nft(&self, script: &str) -> Result<()> {
        let mut file = tempfile::NamedTempFile::new()?;
        std::io::Write::write_all(&mut file, script.as_bytes())?;
        let path = file.path().to_owned();
        let done = self.run(move || {
            let path = path.to_str().context("a path that is text")?;
            run("nft", &["-f", path])
        })?;
        done.with_context(|| format!("in {}:\n{script}", self.name()))
    }

    /// Lets it pass packets on.
    pub fn forward(&self) -> Result<()> {
        self.run(|| {
            // Of the namespace that the reading thread is in.
            std::fs::write("/proc/sys/net/ipv4/ip_forward", "1")?;
            std::fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1")
        })?
        .with_context(|| format!("forwarding in {}", self.name()))
    }
}

/// Starts a thread inside of a namespace.
fn spawn_in<T: Send + 'static>(
    namespace: &str,
    thread: String,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<JoinHandle<Result<T>>> {
    let (moved, has_moved) = mpsc::sync_channel(1);
    let file = format!("/run/netns/{namespace}");
    let handle = thread::Builder::new().name(thread).spawn(move || {
        let file = File::open(file)?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
        let _ = moved.send(());
        work()
    })?;
    if has_moved.recv().is_err() {
        let why = match handle.join() {
            Ok(Err(error)) => error,
            _ => anyhow!("the thread ended"),
        };
        return Err(why.context(format!("enter the namespace {namespace}")));
    }
    Ok(handle)
}

impl Place for Namespace {
    fn start(&self, mut command: Command, log: &Path) -> Result<Process> {
        let log = log.to_owned();
        self.run(move || Process::start(&mut command, &log))?
    }

    fn reach(&self, port: u16) -> Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let there = Arc::downgrade(&self.0);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Some(there) = there.upgrade().map(Self) else {
                    break;
                };
                tokio::spawn(pipe(near, there, port));
            }
        });
        let mut forwards = self.0.forwards.lock();
        forwards
            .as_mut()
            .unwrap_or_else(|error| error.get_mut())
            .push(task.abort_handle());
        Ok(())
    }
}

/// How often it is tried: who listens there may just have been started.
const TRIES: usize = 200;

async fn pipe(mut near: tokio::net::TcpStream, there: Namespace, port: u16) -> Result<()> {
    let connect = move || TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    let mut far = there.run(connect)?;
    for _ in 0..TRIES {
        if far.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        far = there.run(connect)?;
    }
    // The namespace may go before the connection does.
    drop(there);
    let far = far?;
    far.set_nonblocking(true)?;
    let mut far = tokio::net::TcpStream::from_std(far)?;
    copy_bidirectional(&mut near, &mut far).await?;
    Ok(())
}

impl Drop for Inner {
    fn drop(&mut self) {
        let mut forwards = self.forwards.lock().unwrap_or_else(PoisonError::into_inner);
        for forward in forwards.drain(..) {
            forward.abort();
        }
        let _ = run("ip", &["netns", "del", &self.name]);
    }
}

/// Runs a program to its end; an error tells what it said.
pub fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("run {program}"))?;
    ensure!(
        output.status.success(),
        "{program} {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
