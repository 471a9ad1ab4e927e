//! Words for a service manager that waits for them, as systemd does with `Type=notify`
//! (sd_notify(3)). Without `NOTIFY_SOCKET` in the environment nothing is said.

#[cfg(target_os = "linux")]
pub use linux::{keep_watchdog_fed, ready, stopping};
#[cfg(not(target_os = "linux"))]
pub use others::{keep_watchdog_fed, ready, stopping};

#[cfg(target_os = "linux")]
mod linux {
    use std::{future::pending, sync::mpsc, thread};

    use sd_notify::NotifyState;
    use tokio::time::{MissedTickBehavior, interval};

    /// Tells that everything listens.
    pub fn ready() {
        say(NotifyState::Ready);
    }

    /// Tells that the end has begun.
    pub fn stopping() {
        say(NotifyState::Stopping);
    }

    /// Tells the service manager again and again that this thread still does its work, if the
    /// service manager restarts programs that stay silent (`WatchdogSec=`). Never ends.
    ///
    /// Another thread does the telling, because that may block for as long as the service manager
    /// does not read.
    pub async fn keep_watchdog_fed() {
        let period = sd_notify::watchdog_enabled().map(|limit| limit / 2);
        let Some(period) = period.filter(|period| !period.is_zero()) else {
            return pending().await;
        };
        let (alive, heard) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("watchdog".to_owned());
        let started = thread.spawn(move || {
            for () in heard {
                say(NotifyState::Watchdog);
            }
        });
        if let Err(error) = started {
            tracing::error!(%error, "the watchdog is not fed");
            return pending().await;
        }
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            // If the last word was not taken yet, it is enough.
            let _taken = alive.try_send(());
        }
    }

    fn say(state: NotifyState<'_>) {
        if let Err(error) = sd_notify::notify(&[state]) {
            tracing::warn!(%error, "the service manager can't be told");
        }
    }
}

/// Other systems have no service manager that wants to be told.
#[cfg(not(target_os = "linux"))]
mod others {
    /// Tells that everything listens.
    pub fn ready() {}

    /// Tells that the end has begun.
    pub fn stopping() {}

    /// Never ends.
    pub async fn keep_watchdog_fed() {
        std::future::pending().await
    }
}
