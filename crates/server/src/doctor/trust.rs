//! Looks at the certificate of a server without refusing one: what is wrong with it is for people
//! to read. Nothing is sent on such a connection but a throw-away call.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use time::OffsetDateTime;
use x509_parser::parse_x509_certificate;

use crate::{
    moment::Moment,
    tls::provider::{provider, public_roots},
};

use super::report::Report;

/// Accepts every certificate and remembers what a browser would have said.
#[derive(Debug)]
pub(super) struct Onlooker {
    strict: Arc<WebPkiServerVerifier>,
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug, Clone)]
struct Seen {
    certificate: CertificateDer<'static>,
    name: ServerName<'static>,
    verdict: Result<(), Error>,
}

impl Onlooker {
    pub(super) fn new() -> Result<Arc<Self>, String> {
        let roots = Arc::new(public_roots());
        let strict = WebPkiServerVerifier::builder_with_provider(roots, provider());
        Ok(Arc::new(Self {
            strict: strict.build().map_err(|error| error.to_string())?,
            seen: Mutex::default(),
        }))
    }

    /// The settings of connections that it looks on, which speak this protocol.
    pub(super) fn config(self: &Arc<Self>, alpn: &[u8]) -> Result<Arc<ClientConfig>, String> {
        let verifier = Arc::clone(self) as Arc<dyn ServerCertVerifier>;
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(Arc::new(config))
    }

    /// What a browser would say.
    pub(super) fn tell(&self, page: &str, report: &mut Report) {
        const LINK: &str = "certificate";
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = &*seen else {
            return;
        };
        let Ok((_, parsed)) = parse_x509_certificate(&seen.certificate) else {
            return report.failed_at(LINK, "it cannot be read", "make a new one");
        };
        let validity = parsed.validity();
        let until = Moment(validity.not_after.to_datetime());
        let now = OffsetDateTime::now_utc();
        let named = ParsedCertificate::try_from(&seen.certificate)
            .and_then(|parsed| verify_server_name(&parsed, &seen.name));
        if now > validity.not_after.to_datetime() {
            report.failed_at(
                LINK,
                format!("it was valid until {until}"),
                "see in the server's log why it was not renewed, or set the clock right",
            );
        } else if now < validity.not_before.to_datetime() {
            let from = Moment(validity.not_before.to_datetime());
            report.failed_at(
                LINK,
                format!("it is valid only from {from}"),
                "set the clock of this computer or of the server right",
            );
        } else if named.is_err() {
            report.failed_at(
                LINK,
                "it is for other names than this",
                "use a name it is for, or start the server with --name or --domain for this one",
            );
        } else {
            match &seen.verdict {
                Ok(()) => report.good(LINK, format!("public, valid until {until}")),
                Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => report.note(
                    LINK,
                    format!("by the server's own authority, valid until {until}"),
                    format!("each device trusts it once at {page}/trust; in the open use --acme"),
                ),
                Err(error) => report.failed_at(LINK, error, "browsers refuse it: get another"),
            }
        }
    }
}

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.strict.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let seen = Seen {
            certificate: end_entity.clone().into_owned(),
            name: server_name.to_owned(),
            verdict: verdict.map(drop),
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}
