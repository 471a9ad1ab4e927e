//! Words for a service manager that waits for them, as systemd does with `Type=notify`
//! (sd_notify(3)). Without `NOTIFY_SOCKET` in the environment nothing is said.

/// Everything listens.
#[cfg(target_os = "linux")]
pub fn ready() {
    say(sd_notify::NotifyState::Ready);
}

/// The end has begun.
#[cfg(target_os = "linux")]
pub fn stopping() {
    say(sd_notify::NotifyState::Stopping);
}

#[cfg(target_os = "linux")]
fn say(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager can't be told");
    }
}

/// Everything listens; no service manager here wants to know.
#[cfg(not(target_os = "linux"))]
pub fn ready() {}

/// The end has begun; no service manager here wants to know.
#[cfg(not(target_os = "linux"))]
pub fn stopping() {}
