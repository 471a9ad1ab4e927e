//! What signals ask of the program.

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To end.
    End,
    /// To read the configuration and the certificates again.
    Reload,
}

#[cfg(unix)]
pub use unix::Signals;
#[cfg(windows)]
pub use windows::Signals;

#[cfg(unix)]
mod unix {
    use std::{
        fs,
        io::{self, IsTerminal as _},
    };

    use rustix::process::Signal as Number;
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::Asked;

    /// Ctrl-C, SIGTERM and SIGHUP.
    #[derive(Debug)]
    pub struct Signals {
        interrupt: Signal,
        terminate: Signal,
        hangup: Option<Signal>,
        on_hangup: Asked,
    }

    impl Signals {
        /// Installs the handlers.
        ///
        /// If the program was started on a terminal, SIGHUP says that the terminal is gone. If not,
        /// it is how a service is asked to reload. Under `nohup` it is ignored, and stays so.
        pub fn listen() -> io::Result<Self> {
            let has_terminal = io::stdin().is_terminal()
                || io::stdout().is_terminal()
                || io::stderr().is_terminal();
            let hangup = if is_ignored(Number::HUP) {
                None
            } else {
                Some(signal(SignalKind::hangup())?)
            };
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
                hangup,
                on_hangup: if has_terminal {
                    Asked::End
                } else {
                    Asked::Reload
                },
            })
        }

        /// Waits for the next signal.
        pub async fn next(&mut self) -> Asked {
            let hangup = async {
                match &mut self.hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = self.interrupt.recv() => Asked::End,
                _ = self.terminate.recv() => Asked::End,
                _ = hangup => self.on_hangup,
            }
        }
    }

    /// Whether whoever started the program had this signal ignored. Linux tells (proc(5), `SigIgn`);
    /// elsewhere it counts as not ignored.
    fn is_ignored(number: Number) -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        ignores(&status, number)
    }

    fn ignores(status: &str, number: Number) -> bool {
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or_default();
        let bit = u32::try_from(number.as_raw() - 1).unwrap_or(u32::MAX);
        mask.checked_shr(bit).is_some_and(|rest| rest & 1 == 1)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn ignored_signals_are_read_from_the_mask() {
            let status = "Name:\tcrabcall\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
            assert!(ignores(status, Number::HUP));
            assert!(ignores(status, Number::PIPE));
            assert!(!ignores(status, Number::TERM));
            assert!(!ignores("", Number::HUP));
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::io;

    use tokio::signal::windows::{
        CtrlC, CtrlClose, CtrlShutdown, ctrl_c, ctrl_close, ctrl_shutdown,
    };

    use super::Asked;

    /// Ctrl-C, a closed console and the end of the session.
    #[derive(Debug)]
    pub struct Signals {
        c: CtrlC,
        close: CtrlClose,
        shutdown: CtrlShutdown,
    }

    impl Signals {
        /// Installs the handlers.
        pub fn listen() -> io::Result<Self> {
            Ok(Self {
                c: ctrl_c()?,
                close: ctrl_close()?,
                shutdown: ctrl_shutdown()?,
            })
        }

        /// Waits for the next signal.
        pub async fn next(&mut self) -> Asked {
            tokio::select! {
                _ = self.c.recv() => {}
                _ = self.close.recv() => {}
                _ = self.shutdown.recv() => {}
            }
            Asked::End
        }
    }
}
