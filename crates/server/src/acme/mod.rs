//! Certificates in the open by ACME (RFC 8555): asked for, kept, and renewed in good time.
//! [`schedule`] says when, [`order`] how; nothing here runs unless the operator said `--acme`.

mod challenge;
mod http;
mod order;
mod schedule;
mod store;

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use time::OffsetDateTime;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use self::{
    http::Http,
    schedule::Schedule,
    store::{KeptCertificate, KeptFailure, Store},
};
use crate::{
    data_dir::{self, DataDir},
    fault::{Fault, one_line},
    host::Host,
    moment::Moment,
    tls::{
        certificate::{Certificate, Unusable},
        provider::public_roots,
        public::{PublicCertificate, Source},
    },
};

/// The wall clock may jump, and a computer sleep: the schedule is looked at so often.
const LONGEST_NAP: Duration = Duration::from_secs(30);
/// For one try, from the account to the chain.
const TIME_LIMIT: Duration = Duration::from_secs(600);

/// What is asked for, and of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The directory of the authority.
    pub directory: String,
    /// Where the authority may write to, as URIs.
    pub contacts: Vec<String>,
    /// More roots that the authority's own certificate may be below.
    pub ca: Option<PathBuf>,
    /// The names or addresses.
    pub hosts: Vec<Host>,
}

/// Why there is no new certificate.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Acme(#[from] instant_acme::Error),
    #[error("the authority does not offer TLS-ALPN-01")]
    NoChallenge,
    #[error("the authority wants a proof for something else than was asked for")]
    Strange,
    #[error("the authority did not accept the proof: {0}")]
    Refused(String),
    #[error("the authority took too long")]
    TimedOut,
    #[error("the certificate {0}")]
    Unusable(#[from] Unusable),
    #[error("a certificate for the proof can't be made: {0}")]
    Proof(#[from] rcgen::Error),
    #[error("the proof can't be shown: {0}")]
    Tls(#[from] rustls::Error),
}

/// Keeps one certificate renewed.
pub struct Renewal {
    options: Options,
    http: Http,
    store: Store,
    schedule: Schedule,
    public: Arc<PublicCertificate>,
}

impl std::fmt::Debug for Renewal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewal")
            .field("options", &self.options)
            .field("schedule", &self.schedule)
            .finish_non_exhaustive()
    }
}

impl Renewal {
    /// Takes the certificate of an earlier start into use, if there is one. Asks nobody yet.
    pub fn open(options: Options, dir: &DataDir, now: OffsetDateTime) -> Result<Self, Fault> {
        let mut roots = public_roots();
        if let Some(path) = &options.ca {
            for root in more_roots(path)? {
                roots.add(root).map_err(|error| no_roots(path, error))?;
            }
        }
        let http = Http::new(roots).map_err(|error| {
            Fault::new(
                "TLS",
                error,
                "this is a fault of the program, please report it",
            )
        })?;
        let store = Store::new(dir.clone());
        let kept = store.certificate(&options).and_then(|kept| {
            Certificate::read(kept.chain.as_bytes(), kept.key.as_bytes(), now)
                .map_err(|problem| tracing::warn!("the kept certificate {problem}"))
                .ok()
        });
        let enough = kept
            .as_ref()
            .filter(|kept| kept.check(&options.hosts, now).is_ok());
        let seed = data_dir::random_32()?
            .iter()
            .fold(0_u64, |seed, byte| seed.rotate_left(8) ^ u64::from(*byte));
        let mut schedule = Schedule::new(enough.map(Certificate::lifetime), now, seed);
        if let Some(failure) = store.failure(&options)
            && let Some(failing) = failure.failing()
        {
            schedule.resume(failing, now);
            tracing::warn!(
                next = %Moment(schedule.due()),
                "the last attempt to get a certificate failed, SIGHUP starts the next one early: {}",
                failure.problem
            );
        }
        Ok(Self {
            options,
            http,
            store,
            schedule,
            public: Arc::new(PublicCertificate::new(Source::Acme, kept)),
        })
    }

    /// The certificate in use.
    pub fn public(&self) -> &Arc<PublicCertificate> {
        &self.public
    }

    /// Renews the certificate whenever that is due. After a failure the next attempt begins early
    /// when `mended` changes, as on SIGHUP, also when that was while an attempt was made. Never ends.
    pub async fn run(mut self, mut mended: watch::Receiver<()>) {
        loop {
            let now = OffsetDateTime::now_utc();
            let wait = Duration::try_from(self.schedule.due() - now).unwrap_or_default();
            if wait.is_zero() {
                self.renew().await;
                continue;
            }
            tokio::select! {
                () = sleep(wait.min(LONGEST_NAP)) => {}
                Ok(()) = mended.changed() => self.schedule.hurry(OffsetDateTime::now_utc()),
            }
        }
    }

    async fn renew(&mut self) {
        tracing::info!(
            directory = self.options.directory,
            "asking for a certificate"
        );
        let asked = order::certificate(&self.options, &self.http, &self.store, &self.public);
        let asked = timeout(TIME_LIMIT, asked).await;
        self.public.clear_challenges();
        let wait = self.http.take_asked();
        let now = OffsetDateTime::now_utc();
        let taken = asked
            .unwrap_or(Err(Failure::TimedOut))
            .and_then(|kept| self.take(&kept, now));
        match taken {
            Ok(certificate) => {
                let lifetime = certificate.lifetime();
                self.schedule.renewed(lifetime, now);
                self.public.renewed(certificate);
                if let Err(fault) = self.store.forget_failure() {
                    tracing::debug!(%fault, "the note of the last failure can't be removed");
                }
                tracing::info!(until = %Moment(lifetime.not_after), next = %Moment(self.schedule.due()), "new certificate");
            }
            Err(failure) => {
                // In words of the authority.
                let failure = one_line(&failure.to_string());
                self.schedule
                    .failed(now, wait.and_then(|wait| wait.try_into().ok()));
                self.public.renewal_failed();
                if let Some(failing) = self.schedule.failing() {
                    let kept = KeptFailure::new(&self.options, failing, failure.clone());
                    if let Err(fault) = self.store.keep_failure(&kept) {
                        tracing::debug!(%fault, "the failure can't be noted for the next start");
                    }
                }
                let current = self.public.current();
                let until = current.map(|kept| Moment(kept.lifetime().not_after));
                let next = Moment(self.schedule.due());
                match until {
                    Some(until) => {
                        tracing::error!(%next, %until, "no new certificate, the old one stays: {failure}");
                    }
                    None => tracing::error!(%next, "no certificate: {failure}"),
                }
            }
        }
    }

    fn take(&self, kept: &KeptCertificate, now: OffsetDateTime) -> Result<Certificate, Failure> {
        let certificate = Certificate::read(kept.chain.as_bytes(), kept.key.as_bytes(), now)?;
        certificate.check(&self.options.hosts, now)?;
        if let Err(fault) = self.store.keep_certificate(kept) {
            tracing::error!(
                "the new certificate can't be saved and is lost at the next start: {fault}"
            );
        }
        Ok(certificate)
    }
}

fn more_roots(path: &std::path::Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let text = fs::read(path).map_err(|error| no_roots(path, error))?;
    let roots = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| no_roots(path, error))?;
    if roots.is_empty() {
        return Err(no_roots(path, "holds no certificate"));
    }
    Ok(roots)
}

fn no_roots(path: &std::path::Path, problem: impl std::fmt::Display) -> Fault {
    Fault::new(
        format!("--acme-ca {}", path.display()),
        problem,
        "name a PEM file with the root certificate of a private ACME server",
    )
}

#[cfg(test)]
mod tests;
