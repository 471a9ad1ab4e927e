//! Benchmarks: ours and the others side by side in the same run, medians and spread, written
//! into BENCHMARKS.md.

mod abuse;
mod abuse_attacks;
mod floor;
mod idle;
mod load;
mod page;
mod peers;
mod process;
mod redraw;
mod setup;
mod signalling;
mod survive;
mod turn;
mod turn_flood;
mod turn_forger;
mod turn_limits;
mod turn_load;
mod turn_peers;
mod turn_wire;
mod wire;

use std::process::ExitCode;

use e2e::{document, stats};

use turn_wire::Way;

const HELP: &str = "\
bench [NAME …] [--quick] [--no-write]

  setup        from \"Join now\" to the first frame, against one page with two connections
  page         bytes of a cold load
  redraw       what a call costs the page each second
  signalling   messages per CPU second, memory per connection, CPU per connect, against
               matchbox_server, PeerJS server and a floor
  turn-udp     packets per CPU second of the relay by UDP, against coturn
  turn-tcp     the same by TCP
  turn-tls     the same by TLS
  turn-limits  the relay's amplification, memory of its allocations, and a flood
  turn         these four
  idle         memory of an idle server, size of the program
  abuse        a relayed call and newcomers, while the server is attacked
  survive      a call while its server is killed and started again, again and again

Without a name: all of them. --quick: fewer rounds, and nothing is written. Results go into
BENCHMARKS.md, each into its own section, unless --no-write.
--rounds N: survive has so many rounds, and its table is of earlier ones, too.
";

const ALL: [&str; 11] = [
    "idle",
    "page",
    "redraw",
    "signalling",
    "turn-udp",
    "turn-tcp",
    "turn-tls",
    "turn-limits",
    "setup",
    "survive",
    "abuse",
];

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    pub quick: bool,
    pub write: bool,
    /// Of `survive`.
    pub rounds: Option<u32>,
}

fn main() -> ExitCode {
    if let [_, argument, address] = std::env::args().collect::<Vec<_>>().as_slice()
        && argument == floor::ARGUMENT
    {
        return match floor::serve(address) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("bench {argument}: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    let mut effort = Effort {
        quick: false,
        write: true,
        rounds: None,
    };
    let mut names = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-h" | "--help" | "help" => {
                print!("{HELP}");
                return ExitCode::SUCCESS;
            }
            "--quick" => {
                effort = Effort {
                    quick: true,
                    write: false,
                    ..effort
                }
            }
            "--rounds" => match arguments.next().map(|it| it.parse()) {
                Some(Ok(rounds)) if rounds > 0 => effort.rounds = Some(rounds),
                _ => {
                    eprint!("bench: --rounds needs a number\n\n{HELP}");
                    return ExitCode::from(2);
                }
            },
            "--no-write" => effort.write = false,
            "turn" => {
                let turn = ALL.iter().filter(|name| name.starts_with("turn-"));
                names.extend(turn.map(|name| (*name).to_owned()));
            }
            name if ALL.contains(&name) => names.push(name.to_owned()),
            other => {
                eprint!("bench: there is no `{other}`\n\n{HELP}");
                return ExitCode::from(2);
            }
        }
    }
    if names.is_empty() {
        names = ALL.map(str::to_owned).to_vec();
    }
    for name in names {
        if let Err(error) = run(&name, effort) {
            eprintln!("bench {name}: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(name: &str, effort: Effort) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let text = runtime.block_on(async {
        match name {
            "setup" => setup::run(effort).await,
            "page" => page::run().await,
            "redraw" => redraw::run(effort).await,
            "idle" => idle::run(effort).await,
            "survive" => survive::run(effort).await,
            "abuse" => abuse::run(effort).await,
            "turn-udp" => turn::run(Way::Udp, effort).await,
            "turn-tcp" => turn::run(Way::Tcp, effort).await,
            "turn-tls" => turn::run(Way::Tls, effort).await,
            "turn-limits" => turn_limits::run(effort).await,
            _ => signalling::run(effort).await,
        }
    })?;
    println!("{text}");
    if effort.write {
        let text = format!("{}\n\n{text}", document::conditions());
        document::write_section("BENCHMARKS.md", name, &text)?;
    }
    Ok(())
}
