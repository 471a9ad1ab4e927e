//! How much work the page does in a call in which people talk and nothing else happens.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context, Result};
use e2e::{Browser, Person, Server, Setup, moved_to};
use serde_json::{Value, json};

use crate::{Effort, stats::grouped};

const NAMES: [&str; 3] = ["Ada", "Bob", "Cyd"];
/// After this time a call is set up and its pictures have their full size.
const SETTLES: Duration = Duration::from_secs(8);

pub async fn run(effort: Effort) -> Result<String> {
    let watched = Duration::from_secs(if effort.quick { 5 } else { 30 });
    let mut text = format!(
        "`cargo xtask bench redraw`\n\nWhat Chromium does for the page of one person in each second of \
         a call (`Performance.getMetrics`, over {} s), while the fake microphones beep once a second: \
         so everyone's level changes ten times a second, and everyone begins and ends to talk.\n\n\
         | people | script, ms | all tasks, ms | layouts | style recalculations |\n|---|---|---|---|---|\n",
        watched.as_secs()
    );
    for people in 2..=NAMES.len() {
        let cost = measure(people, watched).await?;
        let _ = writeln!(
            text,
            "| {people} | {} | {} | {} | {} |",
            grouped(cost.script * 1e3, 1),
            grouped(cost.tasks * 1e3, 1),
            grouped(cost.layouts, 1),
            grouped(cost.styles, 1)
        );
    }
    Ok(text)
}

/// What one second of a call costs. Times are in seconds.
struct Cost {
    script: f64,
    tasks: f64,
    layouts: f64,
    styles: f64,
}

async fn measure(people: usize, watched: Duration) -> Result<Cost> {
    let server = Server::start().await?;
    let origin = server.origin();
    let mut cast: Vec<Person> = Vec::new();
    let mut link = String::new();
    for name in NAMES.iter().take(people) {
        let person = Person::new(name, &Setup::chromium()).await?;
        if cast.is_empty() {
            person.start_call(&origin).await?;
            person.join_now().await?;
            link = moved_to(&origin, &person.invitation().await?)?;
        } else {
            person.join(&link).await?;
        }
        cast.push(person);
    }
    let (watcher, others) = cast.split_first().context("somebody")?;
    for other in others {
        watcher.sees_and_hears(other.name()).await?;
    }
    tokio::time::sleep(SETTLES).await;
    let cost = cost(watcher.browser(), watched).await?;
    for person in cast {
        person.quit().await?;
    }
    Ok(cost)
}

async fn cost(browser: &Browser, watched: Duration) -> Result<Cost> {
    let cdp = browser.web().cdp();
    cdp.send_raw("Performance.enable", json!({})).await?;
    let metrics = async || -> Result<Value> {
        let answer = cdp.send_raw("Performance.getMetrics", json!({})).await?;
        Ok(answer.get("metrics").cloned().unwrap_or_default())
    };
    let before = metrics().await?;
    tokio::time::sleep(watched).await;
    let after = metrics().await?;
    let grown = |name: &str| -> Result<f64> {
        let of = |metrics: &Value| {
            let mut all = metrics.as_array()?.iter();
            all.find(|it| it.get("name").is_some_and(|it| it == name))?
                .get("value")?
                .as_f64()
        };
        let grown = of(&after).zip(of(&before));
        let (after, before) = grown.with_context(|| format!("Chromium tells no {name}"))?;
        Ok(after - before)
    };
    let seconds = grown("Timestamp")?;
    let each = |name| Ok::<_, anyhow::Error>(grown(name)? / seconds);
    Ok(Cost {
        script: each("ScriptDuration")?,
        tasks: each("TaskDuration")?,
        layouts: each("LayoutCount")?,
        styles: each("RecalcStyleCount")?,
    })
}
