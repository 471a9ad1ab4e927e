//! What an authority is shown to prove that a name or address is ours: a certificate of our own
//! with the digest it expects (TLS-ALPN-01, RFC 8737; for addresses RFC 8738).

use std::net::IpAddr;

use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair, SanType};
use rustls::{pki_types::PrivateKeyDer, sign::CertifiedKey};

use super::Failure;
use crate::{host::Host, tls::provider::provider};

/// What the authority asks for by SNI: the name, or the name an address has in reverse
/// (RFC 8738, section 6).
pub fn server_name(host: &Host) -> String {
    match host {
        Host::Name(name) => name.as_str().to_owned(),
        Host::Address(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Host::Address(IpAddr::V6(address)) => {
            let mut digits = String::new();
            for octet in address.octets().iter().rev() {
                digits.push_str(&format!("{:x}.{:x}.", octet & 0xf, octet >> 4));
            }
            digits + "ip6.arpa"
        }
    }
}

/// The certificate, with `digest`, the SHA-256 of the key authorization.
pub fn certificate(host: &Host, digest: &[u8]) -> Result<CertifiedKey, Failure> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = vec![match host {
        Host::Name(name) => SanType::DnsName(name.as_str().try_into()?),
        Host::Address(address) => SanType::IpAddress(*address),
    }];
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let certificate = params.self_signed(&key)?;
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    // Not by `from_der`, which refuses the extension that makes it a proof.
    Ok(CertifiedKey::new(
        vec![certificate.der().clone()],
        provider().key_provider.load_private_key(key)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Authority;

    #[test]
    fn an_address_is_asked_for_in_reverse() {
        for (host, expected) in [
            ("call.example.org", "call.example.org"),
            ("203.0.113.7", "7.113.0.203.in-addr.arpa"),
            (
                "[2001:db8::567:89ab]",
                "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
            ),
        ] {
            let host = Authority::parse(host).unwrap().host;
            assert_eq!(server_name(&host), expected);
        }
    }
}
