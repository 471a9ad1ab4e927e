//! A TLS verifier that accepts every certificate and remembers it. Nothing but a throw-away call is
//! sent on such a connection.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use crate::tls::provider::{provider, public_roots};

/// Accepts every certificate, and remembers what a browser would have said about it.
#[derive(Debug)]
pub(super) struct Onlooker {
    strict: Arc<WebPkiServerVerifier>,
    /// Whether there are more roots than those that every browser has.
    pub(super) has_more_roots: bool,
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) intermediates: Vec<CertificateDer<'static>>,
    pub(super) name: ServerName<'static>,
    pub(super) verdict: Result<(), Error>,
}

impl Onlooker {
    pub(super) fn new(more_roots: &[CertificateDer<'static>]) -> Result<Arc<Self>, String> {
        let mut roots = public_roots();
        for root in more_roots {
            roots.add(root.clone()).map_err(|error| error.to_string())?;
        }
        let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
        Ok(Arc::new(Self {
            strict: strict.build().map_err(|error| error.to_string())?,
            has_more_roots: !more_roots.is_empty(),
            seen: Mutex::default(),
        }))
    }

    /// TLS settings with this verifier, for connections that speak the protocol `alpn`.
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

    /// What the last connection showed.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
        let own = |certificate: &CertificateDer<'_>| certificate.clone().into_owned();
        let seen = Seen {
            certificate: own(end_entity),
            intermediates: intermediates.iter().map(own).collect(),
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
