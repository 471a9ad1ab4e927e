//! A link of ours: two TUN devices, and between them what a bad network does to packets.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use str0m_netem::{
    GilbertElliot, Input, LossModel, Netem, NetemConfig, Output, Probability, RandomLoss,
};
use tokio::sync::watch;
use tun_rs::{AsyncDevice, DeviceBuilder, SyncDevice};

use crate::namespace::Namespace;

/// What happens to packets on a link, in each direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    pub delay: Duration,
    /// Each packet's delay differs by up to this.
    pub jitter: Duration,
    pub loss: Loss,
    /// One packet of so many overtakes the one before it.
    pub overtakes: Option<u32>,
}

/// Which packets are lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    None,
    /// Each with this chance.
    Random(f32),
    /// This part of all, about five in a row.
    Bursts(f32),
}

impl Weather {
    /// Nothing happens to them.
    pub const FINE: Self = Self {
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        loss: Loss::None,
        overtakes: None,
    };

    fn config(self, seed: u64) -> NetemConfig {
        const BURST: f32 = 5.0;
        let loss = match self.loss {
            Loss::None => LossModel::None,
            Loss::Random(part) => RandomLoss::new(Probability::new(part)).into(),
            Loss::Bursts(part) => GilbertElliot::new()
                .bad_duration(BURST)
                .good_duration(BURST / part - BURST)
                .loss_in_bad(Probability::new(1.0))
                .loss_in_good(Probability::new(0.0))
                .into(),
        };
        let config = NetemConfig::new()
            .latency(self.delay)
            .jitter(self.jitter)
            .loss(loss)
            .seed(seed);
        match self.overtakes {
            Some(gap) => config.reorder_gap(gap),
            None => config,
        }
    }
}

/// The link. It goes with this value.
#[derive(Debug)]
pub struct Link {
    weather: watch::Sender<Weather>,
}

impl Link {
    /// Lays it between two namespaces, where its ends get these names.
    pub fn lay(ends: [(&Namespace, &str); 2], seed: u64) -> Result<Self> {
        let [one, other] = ends.map(|(namespace, name)| device(namespace, name));
        let (one, other) = (one?, other?);
        let (weather, seen) = watch::channel(Weather::FINE);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // A thread of its own: the packets must not wait for what else is done.
        thread::Builder::new()
            .name("link".into())
            .spawn(move || runtime.block_on(pump(one, other, seen, seed)))?;
        Ok(Self { weather })
    }

    /// Changes the weather.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

fn device(namespace: &Namespace, name: &str) -> Result<SyncDevice> {
    let owned = name.to_owned();
    namespace
        .run(move || {
            DeviceBuilder::new()
                .name(owned)
                .inherit_enable_state()
                .build_sync()
        })?
        .with_context(|| format!("make the TUN device {name} in {}", namespace.name()))
}

async fn pump(
    one: SyncDevice,
    other: SyncDevice,
    weather: watch::Receiver<Weather>,
    seed: u64,
) -> Result<()> {
    let one = Arc::new(AsyncDevice::new(one)?);
    let other = Arc::new(AsyncDevice::new(other)?);
    let there = one_way(one.clone(), other.clone(), weather.clone(), 2 * seed);
    let back = one_way(other, one, weather, 2 * seed + 1);
    tokio::try_join!(there, back)?;
    Ok(())
}

async fn one_way(
    from: Arc<AsyncDevice>,
    to: Arc<AsyncDevice>,
    mut weather: watch::Receiver<Weather>,
    seed: u64,
) -> Result<()> {
    let now_set = *weather.borrow_and_update();
    let mut netem: Netem<Vec<u8>> = Netem::new(now_set.config(seed));
    let mut packet = vec![0; 65_536];
    loop {
        tokio::select! {
            read = from.recv(&mut packet) => {
                let bytes = packet.get(..read?).unwrap_or_default().to_vec();
                netem.handle_input(Input::Packet(Instant::now(), bytes));
            }
            () = tokio::time::sleep_until(netem.poll_timeout().into()) => {
                netem.handle_input(Input::Timeout(Instant::now()));
            }
            changed = weather.changed() => {
                // The link is gone.
                changed?;
                netem.set_config(weather.borrow_and_update().config(seed));
            }
        }
        while let Some(output) = netem.poll_output() {
            if let Output::Packet(packet) = output {
                // A device that is down loses packets, as a real one does.
                let _ = to.send(&packet).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 10,000 packets, one each ms, arrive, and the longest row of lost ones.
    fn sent_through(weather: Weather, seed: u64) -> (usize, usize) {
        let mut netem: Netem<Vec<u8>> = Netem::new(weather.config(seed));
        let start = Instant::now();
        let (mut arrived, mut row, mut longest) = (0, 0, 0);
        for at in 0..10_000 {
            let now = start + Duration::from_millis(at);
            netem.handle_input(Input::Packet(now, vec![0]));
            let mut came = false;
            while let Some(output) = netem.poll_output() {
                came |= matches!(output, Output::Packet(_));
            }
            arrived += usize::from(came);
            row = if came { 0 } else { row + 1 };
            longest = longest.max(row);
        }
        (arrived, longest)
    }

    #[test]
    fn fine_weather_loses_nothing() {
        assert_eq!(sent_through(Weather::FINE, 1), (10_000, 0));
    }

    #[test]
    fn as_much_is_lost_as_was_said_and_bursts_are_longer() {
        let random = Weather {
            loss: Loss::Random(0.05),
            ..Weather::FINE
        };
        let bursts = Weather {
            loss: Loss::Bursts(0.05),
            ..Weather::FINE
        };
        let ((one, short), (other, long)) = (sent_through(random, 7), sent_through(bursts, 7));
        assert!((9_350..9_650).contains(&one), "{one}");
        assert!((9_250..9_750).contains(&other), "{other}");
        assert!(long > 2 * short, "{long} {short}");
        assert_eq!(sent_through(bursts, 7), (other, long), "the same seed");
    }
}
