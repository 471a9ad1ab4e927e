//! What is wrong with the certificate of a server, for people to read.

use rustls::{
    CertificateError, Error, RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    pki_types::{CertificateDer, UnixTime},
    server::ParsedCertificate,
};
use time::OffsetDateTime;
use x509_parser::{certificate::X509Certificate, parse_x509_certificate};

use super::{
    cause::Cause,
    door::Door,
    in_time,
    onlooker::Seen,
    report::{Report, Trouble},
};
use crate::{moment::Moment, tls::provider::provider};

const LINK: &str = "certificate";

/// Says what a browser would say of the certificate.
pub(super) async fn examine(door: &Door, report: &mut Report) {
    let Some(seen) = door.onlooker.seen() else {
        return;
    };
    let Ok((_, parsed)) = parse_x509_certificate(&seen.certificate) else {
        let trouble = Trouble::new(
            Cause::CertificateRefused,
            "it cannot be read",
            "make a new one",
        );
        return report.failed_at(LINK, trouble);
    };
    if let Some(trouble) = plain_trouble(&seen, &parsed) {
        return report.failed_at(LINK, trouble);
    }
    let until = Moment(parsed.validity().not_after.to_datetime());
    match &seen.verdict {
        Ok(()) if door.onlooker.has_more_roots => {
            report.good(
                LINK,
                format!("by an authority that is trusted, valid until {until}"),
            );
        }
        Ok(()) => report.good(LINK, format!("public, valid until {until}")),
        Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            let page = door.page();
            if is_own(door, &seen).await {
                report.note(
                    LINK,
                    Trouble::new(
                        Cause::OwnAuthority,
                        format!("by the server's own authority, valid until {until}"),
                        format!(
                            "each device trusts it once at {page}/trust; in the open use --acme"
                        ),
                    ),
                );
            } else {
                report.failed_at(LINK, unknown(&seen, &parsed));
            }
        }
        Err(error) => report.failed_at(
            LINK,
            Trouble::new(
                Cause::CertificateRefused,
                error,
                "browsers refuse it: get another",
            ),
        ),
    }
}

/// What is wrong with the certificate, whoever signed it.
fn plain_trouble(seen: &Seen, parsed: &X509Certificate<'_>) -> Option<Trouble> {
    let validity = parsed.validity();
    let now = OffsetDateTime::now_utc();
    if now > validity.not_after.to_datetime() {
        return Some(Trouble::new(
            Cause::CertificateEnded,
            format!(
                "it was valid until {}",
                Moment(validity.not_after.to_datetime())
            ),
            "see in the server's log why it was not renewed, or set the clock right",
        ));
    }
    if now < validity.not_before.to_datetime() {
        return Some(Trouble::new(
            Cause::CertificateEarly,
            format!(
                "it is valid only from {}",
                Moment(validity.not_before.to_datetime())
            ),
            "set the clock of this computer or of the server right",
        ));
    }
    let named = ParsedCertificate::try_from(&seen.certificate)
        .and_then(|parsed| verify_server_name(&parsed, &seen.name));
    named.is_err().then(|| {
        Trouble::new(
            Cause::CertificateName,
            "it is for other names than this",
            "use a name it is for, or start the server with --name or --domain for this one",
        )
    })
}

/// Whether the authority that the server offers at `/trust` signed this certificate.
async fn is_own(door: &Door, seen: &Seen) -> bool {
    let Ok(authority) = in_time(door.bytes("/trust/crabcall-ca.crt")).await else {
        return false;
    };
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority)).is_ok()
        && ParsedCertificate::try_from(&seen.certificate).is_ok_and(|parsed| {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &roots,
                &seen.intermediates,
                UnixTime::now(),
                provider().signature_verification_algorithms.all,
            )
            .is_ok()
        })
}

/// Who signed the certificate, when browsers don't know that authority.
fn unknown(seen: &Seen, parsed: &X509Certificate<'_>) -> Trouble {
    use x509_parser::extensions::ParsedExtension::{AuthorityInfoAccess, SCT};
    let issuer: String = parsed.issuer().to_string().chars().take(100).collect();
    // A public authority writes into each certificate where its own one is, or that it was logged.
    let is_public = parsed.iter_extensions().any(|extension| {
        matches!(
            extension.parsed_extension(),
            AuthorityInfoAccess(_) | SCT(_)
        )
    });
    let is_alone = seen.intermediates.is_empty() && parsed.issuer() != parsed.subject();
    if is_alone && is_public {
        return Trouble::new(
            Cause::ChainIncomplete,
            format!("the server does not send the certificate of {issuer}, which made its own"),
            "browsers that have not met it elsewhere refuse: give --cert, or the proxy in front, the whole chain \
             (fullchain.pem)",
        );
    }
    Trouble::new(
        Cause::UnknownAuthority,
        format!("by {issuer}, which no browser knows by itself"),
        "devices that are told to trust it (as a company's are) can call: try with --ca-file and its root; the \
         others need a public certificate, and if this one is, its chain is not sent whole",
    )
}
