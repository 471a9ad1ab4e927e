//! A small internet: a core, the server's network, and a router and a computer for each person.
//!
//! ```text
//!   client 192.168.N.2 ── lan [router] wan 9.9.N.2 ── 9.9.N.1 [core] 9.9.0.1 ── 9.9.0.2 server
//! ```
//!
//! The core knows the way to public addresses only. Who has one (2600:8:N::2, or 9.8.N.2) sits
//! behind a router that only routes.

use std::{net::IpAddr, path::Path, process::Command};

use anyhow::{Context, Result};
use e2e::{Place, Process, tools};

use crate::{
    access::Access,
    link::{Link, Weather},
    namespace::Namespace,
};

/// The server's public address.
pub const SERVER: &str = "9.9.0.2";
/// The same in IPv6.
pub const SERVER_V6: &str = "2600:9::2";
/// Its name, which everybody on the lab's computers knows.
pub const SERVER_NAME: &str = "crabcall.example";
/// Addresses of a computer that belongs to nobody in the call.
pub const STRANGERS: [&str; 2] = ["9.9.9.2", "9.9.9.3"];
const PROXY_PORT: u16 = 8888;

/// How the server is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosting {
    /// It has the public address.
    Public,
    /// It has a private one, to which a router translates the public one (1:1 NAT, as in clouds).
    OneToOne,
}

/// What a person's router is connected by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uplink {
    /// A cable that loses nothing.
    Cable,
    /// A link with weather.
    Weather,
}

/// Networks, routers and computers.
#[derive(Debug)]
pub struct World {
    pub server: Namespace,
    pub homes: [Home; 2],
    core: Namespace,
    /// The router in front of the server.
    _cloud: Option<Namespace>,
}

/// Somebody's computer and router.
#[derive(Debug)]
pub struct Home {
    pub access: Access,
    pub client: Namespace,
    pub router: Namespace,
    number: u8,
    link: Option<Link>,
    proxy: Option<Process>,
    /// The router of the other network that the computer may move to.
    other: Option<Namespace>,
}

impl World {
    /// Builds it. Logs go into the folder.
    pub fn build(
        hosting: Hosting,
        homes: [(Access, Uplink); 2],
        seed: u64,
        folder: &Path,
    ) -> Result<Self> {
        let core = Namespace::create("core")?;
        core.forward()?;
        let (server, cloud) = serve(&core, hosting)?;
        let [(one, one_by), (other, other_by)] = homes;
        let build = |number, access, uplink| {
            Home::build(&core, number, access, uplink, seed, folder)
                .with_context(|| format!("the network of kind {access}"))
        };
        Ok(Self {
            homes: [build(1, one, one_by)?, build(2, other, other_by)?],
            server,
            core,
            _cloud: cloud,
        })
    }

    /// A computer in the core with the addresses of [`STRANGERS`].
    pub fn public_computer(&self) -> Result<Namespace> {
        let computer = Namespace::create("public")?;
        cable(&self.core, "public0", &computer, "eth0")?;
        self.core.ip("addr add 9.9.9.1/24 dev public0")?;
        for address in STRANGERS {
            computer.ip(&format!("addr add {address}/24 dev eth0"))?;
        }
        computer.ip("route add default via 9.9.9.1")?;
        Ok(computer)
    }

    /// Gives this person's computer a second network card, not plugged in yet, and a network to
    /// plug it into.
    pub fn second_network(&mut self, whose: usize) -> Result<()> {
        let home = self.homes.get_mut(whose).context("a home")?;
        let number = home.number + 2;
        let router = router(&self.core, number, None)?;
        router.nft(&Access::PortRestricted.rules(&format!("192.168.{number}.2")))?;
        cable(&router, "lan", &home.client, "eth1")?;
        router.ip(&format!("addr add 192.168.{number}.1/24 dev lan"))?;
        home.client.ip("link set eth1 down")?;
        home.other = Some(router);
        Ok(())
    }
}

fn serve(core: &Namespace, hosting: Hosting) -> Result<(Namespace, Option<Namespace>)> {
    let server = Namespace::create("server")?;
    let cloud = match hosting {
        Hosting::Public => None,
        Hosting::OneToOne => Some(Namespace::create("cloud")?),
    };
    let outer = cloud.as_ref().unwrap_or(&server);
    cable(core, "server0", outer, "wan")?;
    core.ip("addr add 9.9.0.1/24 dev server0")?;
    core.ip("addr add 2600:9::1/64 dev server0 nodad")?;
    outer.ip(&format!("addr add {SERVER}/24 dev wan"))?;
    outer.ip("route add default via 9.9.0.1")?;
    match &cloud {
        None => {
            server.ip(&format!("addr add {SERVER_V6}/64 dev wan nodad"))?;
            server.ip("route add default via 2600:9::1")?;
        }
        Some(cloud) => {
            cloud.forward()?;
            cable(cloud, "lan", &server, "eth0")?;
            cloud.ip("addr add 10.0.0.1/24 dev lan")?;
            server.ip("addr add 10.0.0.2/24 dev eth0")?;
            server.ip("route add default via 10.0.0.1")?;
            cloud.nft(&format!(
                "table ip translate {{
                   chain in {{
                     type nat hook prerouting priority dstnat; policy accept;
                     ip daddr {SERVER} dnat to 10.0.0.2
                   }}
                   chain out {{
                     type nat hook postrouting priority srcnat; policy accept;
                     oifname wan ip saddr 10.0.0.2 snat to {SERVER}
                   }}
                 }}"
            ))?;
        }
    }
    Ok((server, cloud))
}

/// A router with its way to the core: by cable, or by the link.
fn router(core: &Namespace, number: u8, seed: Option<u64>) -> Result<Namespace> {
    Ok(router_by(core, number, seed)?.0)
}

fn router_by(core: &Namespace, number: u8, seed: Option<u64>) -> Result<(Namespace, Option<Link>)> {
    let router = Namespace::create(&format!("router{number}"))?;
    router.forward()?;
    let near = format!("home{number}");
    let link = match seed {
        Some(seed) => {
            let link = Link::lay([(&router, "wan"), (core, &near)], seed)?;
            router.ip("link set wan up")?;
            core.ip(&format!("link set {near} up"))?;
            Some(link)
        }
        None => {
            cable(&router, "wan", core, &near)?;
            None
        }
    };
    core.ip(&format!("addr add 9.9.{number}.1/24 dev {near}"))?;
    core.ip(&format!("addr add 2600:9:{number}::1/64 dev {near} nodad"))?;
    router.ip(&format!("addr add 9.9.{number}.2/24 dev wan"))?;
    router.ip(&format!("addr add 2600:9:{number}::2/64 dev wan nodad"))?;
    router.ip(&format!("route add default via 9.9.{number}.1"))?;
    router.ip(&format!("route add default via 2600:9:{number}::1"))?;
    Ok((router, link))
}

/// Two network cards and a cable between them.
fn cable(one: &Namespace, name: &str, other: &Namespace, other_name: &str) -> Result<()> {
    crate::namespace::run(
        "ip",
        &[
            "link",
            "add",
            name,
            "netns",
            one.name(),
            "type",
            "veth",
            "peer",
            "name",
            other_name,
            "netns",
            other.name(),
        ],
    )?;
    one.ip(&format!("link set {name} up"))?;
    other.ip(&format!("link set {other_name} up"))
}

impl Home {
    fn build(
        core: &Namespace,
        number: u8,
        access: Access,
        uplink: Uplink,
        seed: u64,
        folder: &Path,
    ) -> Result<Self> {
        let seed = (uplink == Uplink::Weather).then_some(seed * 4 + u64::from(number));
        let (router, link) = router_by(core, number, seed)?;
        let client = Namespace::create(&format!("client{number}"))?;
        cable(&router, "lan", &client, "eth0")?;
        let mut home = Self {
            access,
            client,
            router,
            number,
            link,
            proxy: None,
            other: None,
        };
        let prefix = home.prefix();
        if access == Access::OnlyIpv6 {
            home.router
                .ip(&format!("addr add {prefix}1/64 dev lan nodad"))?;
            home.client
                .ip(&format!("addr add {prefix}2/64 dev eth0 nodad"))?;
            core.ip(&format!("route add {prefix}/64 via 2600:9:{number}::2"))?;
        } else {
            home.router.ip(&format!("addr add {prefix}1/24 dev lan"))?;
            home.client.ip(&format!("addr add {prefix}2/24 dev eth0"))?;
        }
        if access == Access::Open {
            core.ip(&format!("route add {prefix}0/24 via 9.9.{number}.2"))?;
        }
        if access == Access::Proxy {
            home.proxy = Some(home.start_proxy(folder)?);
        } else {
            home.client
                .ip(&format!("route add default via {prefix}1"))?;
        }
        home.router.nft(&access.rules(&format!("{prefix}2")))?;
        Ok(home)
    }

    /// All of the computer's address but its last number.
    fn prefix(&self) -> String {
        match self.access {
            Access::OnlyIpv6 => format!("2600:8:{}::", self.number),
            Access::Open => format!("9.8.{}.", self.number),
            _ => format!("192.168.{}.", self.number),
        }
    }

    /// The computer's address.
    pub fn address(&self) -> Result<IpAddr> {
        Ok(format!("{}2", self.prefix()).parse()?)
    }

    /// How this person opens the page.
    pub fn origin(&self) -> String {
        match self.access {
            Access::OnlyIpv6 => format!("https://[{SERVER_V6}]"),
            // Firefox speaks no TURN over TLS with a server that is named by an address.
            Access::OnlyTls => format!("https://{SERVER_NAME}"),
            _ => format!("https://{SERVER}"),
        }
    }

    /// The proxy that this person's browser must use.
    pub fn proxy(&self) -> Option<String> {
        self.proxy
            .as_ref()
            .map(|_| format!("{}1:{PROXY_PORT}", self.prefix()))
    }

    fn start_proxy(&self, folder: &Path) -> Result<Process> {
        let prefix = self.prefix();
        let config = folder.join(format!("proxy{}.conf", self.number));
        std::fs::write(
            &config,
            format!(
                "Port {PROXY_PORT}\nListen {prefix}1\nAllow {prefix}0/24\nConnectPort 443\n\
                 MaxClients 50\nTimeout 600\nLogLevel Connect\n"
            ),
        )?;
        let mut command = Command::new(tools::find("TINYPROXY", &["tinyproxy"])?);
        command.arg("-d").arg("-c").arg(&config);
        self.router
            .start(command, &folder.join(format!("proxy{}.log", self.number)))
    }

    /// Changes the weather on the link.
    pub fn weather(&self, weather: Weather) -> Result<()> {
        self.link
            .as_ref()
            .context("a link with weather")?
            .set(weather);
        Ok(())
    }

    /// Cuts the cable behind the router: nothing is told to anybody, packets vanish.
    pub fn cut(&self) -> Result<()> {
        self.router.nft(
            "table inet cut {
               chain in { type filter hook prerouting priority -400; iifname wan drop; }
               chain out { type filter hook postrouting priority -400; oifname wan drop; }
             }",
        )
    }

    /// Mends it.
    pub fn mend(&self) -> Result<()> {
        self.router.nft("delete table inet cut")
    }

    /// The router forgets its mappings, as after a restart. (The kernel drops those that were made
    /// for an address when the address goes.)
    pub fn forget_mappings(&self) -> Result<()> {
        let number = self.number;
        self.router
            .ip(&format!("addr del 9.9.{number}.2/24 dev wan"))?;
        self.router
            .ip(&format!("addr add 9.9.{number}.2/24 dev wan"))?;
        self.router
            .ip(&format!("route add default via 9.9.{number}.1"))
    }

    /// So many kbit/s in each direction, by the kernel's token bucket.
    pub fn narrow(&self, core: &World, kbit: u32) -> Result<()> {
        let bucket = format!("root tbf rate {kbit}kbit burst 6kb latency 400ms");
        self.router.tc(&format!("qdisc add dev wan {bucket}"))?;
        let near = format!("home{}", self.number);
        core.core.tc(&format!("qdisc add dev {near} {bucket}"))
    }

    /// The computer leaves its network and joins the other one.
    pub fn move_away(&self) -> Result<()> {
        let router = self.other.as_ref().context("another network")?;
        let number = self.number + 2;
        self.client.ip("link set eth0 down")?;
        self.client.ip("link set eth1 up")?;
        self.client
            .ip(&format!("addr add 192.168.{number}.2/24 dev eth1"))?;
        self.client
            .ip(&format!("route add default via 192.168.{number}.1"))?;
        // As on every new network, somebody else has this address of ours.
        router.ip("neigh flush all")
    }
}
