//! One certificate from the authority (RFC 8555, section 7.4): an account, an order, a proof for
//! each name or address, and the chain.

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Error, Identifier, NewAccount, NewOrder, Order,
    OrderStatus, RetryPolicy,
};

use super::{
    Failure, Options, challenge,
    http::Http,
    store::{KeptAccount, KeptCertificate, Store},
};
use crate::{host::Host, tls::public::PublicCertificate};

/// How long the authority may take to look at the proofs, and again to make the certificate.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(500))
    .backoff(1.5)
    .timeout(Duration::from_secs(120));
/// The profile of certificates that last about six days, the only ones Let's Encrypt gives for
/// addresses.
const SHORT_LIVED: &str = "shortlived";

/// Gets one.
pub async fn certificate(
    options: &Options,
    http: &Http,
    store: &Store,
    public: &PublicCertificate,
) -> Result<KeptCertificate, Failure> {
    let identifiers: Vec<Identifier> = options
        .hosts
        .iter()
        .map(|host| match host {
            Host::Name(name) => Identifier::Dns(name.as_str().to_owned()),
            Host::Address(address) => Identifier::Ip(*address),
        })
        .collect();
    let mut account = account(options, http, store).await?;
    let mut order = match order(options, &account, &identifiers).await {
        // An authority may forget accounts.
        Err(Error::Api(problem)) if is_account_unknown(problem.r#type.as_deref()) => {
            account = new_account(options, http, store).await?;
            self::order(options, &account, &identifiers).await?
        }
        made => made?,
    };
    prove(&mut order, public).await?;
    if order.poll_ready(&PATIENCE).await? != OrderStatus::Ready {
        return Err(refusal(&mut order).await);
    }
    let key = order.finalize().await?;
    let chain = order.poll_certificate(&PATIENCE).await?;
    Ok(KeptCertificate {
        directory: options.directory.clone(),
        chain,
        key,
    })
}

async fn account(options: &Options, http: &Http, store: &Store) -> Result<Account, Failure> {
    let Some(kept) = store.account(options) else {
        return new_account(options, http, store).await;
    };
    Ok(Account::builder_with_http(Box::new(http.clone()))
        .from_credentials(kept.credentials)
        .await?)
}

async fn new_account(options: &Options, http: &Http, store: &Store) -> Result<Account, Failure> {
    let contacts: Vec<&str> = options.contacts.iter().map(String::as_str).collect();
    let wanted = NewAccount {
        contact: &contacts,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let (account, credentials) = Account::builder_with_http(Box::new(http.clone()))
        .create(&wanted, options.directory.clone(), None)
        .await?;
    // A data folder that is lost at each start can't be recognised, but this line at each start
    // shows it.
    tracing::warn!(
        folder = %store.folder().display(),
        "opened a new account at the authority: keep this folder over restarts and upgrades, because authorities \
         limit how many accounts and certificates one may ask for"
    );
    let kept = KeptAccount {
        directory: options.directory.clone(),
        contacts: options.contacts.clone(),
        credentials,
    };
    if let Err(fault) = store.keep_account(&kept) {
        tracing::error!(
            "the account at the authority can't be saved and is lost at the next start: {fault}"
        );
    }
    Ok(account)
}

async fn order(
    options: &Options,
    account: &Account,
    identifiers: &[Identifier],
) -> Result<Order, Error> {
    let offered: Vec<&str> = account.profiles().map(|profile| profile.name).collect();
    let order = NewOrder::new(identifiers);
    let order = match profile(&options.hosts, &offered) {
        Some(profile) => order.profile(profile),
        None => order,
    };
    account.new_order(&order).await
}

/// For names the authority's usual one.
fn profile(hosts: &[Host], offered: &[&str]) -> Option<&'static str> {
    let has_address = hosts.iter().any(|host| matches!(host, Host::Address(_)));
    (has_address && offered.contains(&SHORT_LIVED)).then_some(SHORT_LIVED)
}

/// Sets up a proof for each name or address and has the authority look.
async fn prove(order: &mut Order, public: &PublicCertificate) -> Result<(), Failure> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let host = host(authorization.identifier().identifier)?;
        let mut challenge = authorization
            .challenge(ChallengeType::TlsAlpn01)
            .ok_or(Failure::NoChallenge)?;
        let digest = challenge.key_authorization().digest();
        let key = challenge::certificate(&host, digest.as_ref())?;
        public.set_challenge(challenge::server_name(&host), key);
        challenge.set_ready().await?;
    }
    Ok(())
}

fn host(identifier: &Identifier) -> Result<Host, Failure> {
    match identifier {
        Identifier::Ip(address) => Ok(Host::Address(*address)),
        Identifier::Dns(name) => crate::host::HostName::parse(name)
            .map(Host::Name)
            .ok_or(Failure::Strange),
        _ => Err(Failure::Strange),
    }
}

/// What the authority says about the proof it did not accept.
async fn refusal(order: &mut Order) -> Failure {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else {
            break;
        };
        if let Some(problem) = state
            .challenges
            .iter()
            .find_map(|challenge| challenge.error.as_ref())
        {
            return Failure::Refused(problem.to_string());
        }
    }
    Failure::Refused("it does not say why".to_owned())
}

fn is_account_unknown(problem: Option<&str>) -> bool {
    problem == Some("urn:ietf:params:acme:error:accountDoesNotExist")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Authority;

    #[test]
    fn addresses_take_the_short_lived_profile_where_there_is_one() {
        let host = |text: &str| Authority::parse(text).unwrap().host;
        let address = [host("203.0.113.7")];
        assert_eq!(
            profile(&address, &["classic", "shortlived"]),
            Some("shortlived")
        );
        assert_eq!(profile(&address, &[]), None);
        assert_eq!(
            profile(&[host("example.org")], &["classic", "shortlived"]),
            None
        );
    }
}
