//! Somebody at a browser.

use anyhow::{Context, Result};
use thirtyfour::{Key, WebElement};

use crate::{Browser, Role, Setup, Tile, wait::eventually};

/// Somebody with a browser of their own.
#[derive(Debug)]
pub struct Person {
    name: String,
    browser: Browser,
}

impl Person {
    /// Starts the browser. The name is typed when joining.
    pub async fn new(name: &str, setup: &Setup) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            browser: Browser::start(setup).await?,
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Ends the browser at once.
    pub fn kill(&mut self) {
        self.browser.kill();
    }

    /// Closes the browser.
    pub async fn quit(self) -> Result<()> {
        self.browser.quit().await
    }

    /// Opens an address.
    pub async fn open(&self, address: &str) -> Result<()> {
        self.browser
            .web()
            .goto(address)
            .await
            .with_context(|| format!("{} opens {address}", self.name))
    }

    /// Presses what has this name: a button, a menu item, a switch.
    pub async fn press(&self, name: &str) -> Result<()> {
        self.press_one(Role::Control, name).await
    }

    /// Presses `name`, opening `menu` first if it is not there to be pressed.
    pub async fn press_in(&self, menu: &str, name: &str) -> Result<()> {
        if !self.browser.has(Role::Control, name).await? {
            self.press(menu).await?;
        }
        self.press(name).await
    }

    async fn press_one(&self, role: Role, name: &str) -> Result<()> {
        let what = format!("{} to press \"{name}\"", self.name);
        eventually(&what, async || {
            let element = self.browser.find(role, name).await?;
            if !element.is_enabled().await? {
                return Ok(None);
            }
            element.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Types into a text box, in place of what was there.
    pub async fn fill(&self, name: &str, text: &str) -> Result<()> {
        let field = self.browser.find(Role::TextBox, name).await?;
        field.click().await?;
        field
            .send_keys(Key::Control + "a")
            .await
            .context("select all")?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// Presses a key, wherever the focus is.
    pub async fn key(&self, key: &str) -> Result<()> {
        self.browser
            .web()
            .action_chain()
            .send_keys(key)
            .perform()
            .await?;
        Ok(())
    }

    /// From home to the lobby of a new call.
    pub async fn start_call(&self, origin: &str) -> Result<()> {
        self.open(origin).await?;
        self.press("Start a call").await
    }

    /// In the lobby: types the name and joins.
    pub async fn join_now(&self) -> Result<()> {
        self.fill("Your name", &self.name).await?;
        self.press("Join now").await
    }

    /// From a link to the call.
    pub async fn join(&self, link: &str) -> Result<()> {
        self.open(link).await?;
        self.join_now().await
    }

    /// In the call: the link to give to others.
    pub async fn invitation(&self) -> Result<String> {
        let what = format!("the link that {} can give to others", self.name);
        let link = eventually(&what, async || {
            if !self.browser.has(Role::TextBox, "Call link").await? {
                self.press("Invite").await?;
            }
            let field = self.browser.find(Role::TextBox, "Call link").await?;
            Ok(field.value().await?.filter(|link| link.contains("/r/")))
        })
        .await?;
        Ok(link)
    }

    /// Closes the panel or dialog that is open.
    pub async fn close_panel(&self) -> Result<()> {
        self.key("\u{e00c}").await
    }

    /// What the status line says.
    pub async fn status(&self) -> Result<String> {
        let lines = self.browser.find_all(Role::Status, None).await?;
        match lines.first() {
            Some(line) => Ok(line.text().await?),
            None => Ok(String::new()),
        }
    }

    /// Waits until the page says one of these somewhere, in whatever case.
    pub async fn reads(&self, words: &[&str]) -> Result<()> {
        let mut last = String::new();
        eventually(&format!("{} to read {words:?}", self.name), async || {
            last = self.page_text().await?;
            let small = last.to_lowercase();
            Ok(words
                .iter()
                .any(|words| small.contains(&words.to_lowercase()))
                .then_some(()))
        })
        .await
        .with_context(|| format!("the page says:\n{last}"))
    }

    /// Waits until the page is loaded, and no element of it waits for a picture that may never
    /// come: such a one, if there soon enough, keeps the browser's tab loading for ever.
    pub async fn page_waits_for_nothing(&self) -> Result<()> {
        let what = format!("the page of {} to be loaded", self.name);
        let idle = "
            const waits = (element) => element.networkState === HTMLMediaElement.NETWORK_LOADING;
            return document.readyState === 'complete'
              && ![...document.querySelectorAll('video')].some(waits);";
        eventually(&what, async || {
            Ok((self.browser.run(idle, vec![]).await? == true).then_some(()))
        })
        .await
    }

    /// All words on the page.
    pub async fn page_text(&self) -> Result<String> {
        // Also what faded away for now, but not what is hidden.
        let text = self
            .browser
            .run("return document.body.innerText;", vec![])
            .await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// The tile of somebody; their own is "You".
    pub async fn tile(&self, name: &str) -> Result<Tile<'_>> {
        let element = self
            .browser
            .find(Role::Group, name)
            .await
            .with_context(|| format!("on the page of {}", self.name))?;
        Ok(Tile {
            browser: &self.browser,
            element,
            whose: name.to_owned(),
        })
    }

    /// Waits until somebody's tile is gone.
    pub async fn sees_nobody_called(&self, name: &str) -> Result<()> {
        let what = format!("{name} to be gone from the page of {}", self.name);
        eventually(&what, async || {
            Ok((!self.browser.has(Role::Group, name).await?).then_some(()))
        })
        .await
    }

    /// Sees and hears somebody.
    pub async fn sees_and_hears(&self, name: &str) -> Result<()> {
        let tile = self.tile(name).await?;
        let context = || format!("on the page of {}", self.name);
        tile.is_seen().await.with_context(context)?;
        tile.is_heard().await.with_context(context)
    }

    /// A control or field by its role and name.
    pub async fn find(&self, role: Role, name: &str) -> Result<WebElement> {
        self.browser
            .find(role, name)
            .await
            .with_context(|| format!("on the page of {}", self.name))
    }

    /// Whose tiles there are, in order of their names.
    pub async fn people_seen(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for tile in self.browser.find_all(Role::Group, None).await? {
            names.extend(tile.attr("aria-label").await?);
        }
        names.sort();
        Ok(names)
    }

    /// In the call, before or after the others came: the short code to type elsewhere.
    pub async fn call_code(&self) -> Result<String> {
        let what = format!("the call code on the page of {}", self.name);
        eventually(&what, async || {
            let text = self.page_text().await?;
            if text.contains("Show call code") {
                self.press("Show call code").await?;
            }
            let is_code = |line: &&str| {
                let digits = line.chars().filter(char::is_ascii_digit).count();
                digits == 8 && line.len() <= 9
            };
            Ok(text.lines().map(str::trim).find(is_code).map(str::to_owned))
        })
        .await
    }

    /// Whether a page that was opened anew shows the lobby (rather than being in the call again).
    pub async fn lands_in_lobby(&self) -> Result<bool> {
        eventually(
            &format!("the lobby or the call of {}", self.name),
            async || {
                if self.browser.has(Role::Button, "Join now").await? {
                    return Ok(Some(true));
                }
                let in_call = self.browser.has(Role::Button, "Leave").await?;
                Ok(in_call.then_some(false))
            },
        )
        .await
    }

    /// Whether "Join now" can be pressed.
    pub async fn offers_to_join(&self) -> Result<bool> {
        match self
            .browser
            .find_all(Role::Button, Some("Join now"))
            .await?
            .first()
        {
            Some(button) => Ok(button.is_enabled().await?),
            None => Ok(false),
        }
    }

    /// Peer connections that the page holds open.
    pub async fn open_connections(&self) -> Result<u64> {
        self.count("connection.signalingState !== 'closed' && connection.remoteDescription")
            .await
    }

    /// Peer connections that the page has ever used with somebody.
    pub async fn connections_made(&self) -> Result<u64> {
        self.count("connection.testDid.some((it) => it.includes('setRemoteDescription'))")
            .await
    }

    async fn count(&self, condition: &str) -> Result<u64> {
        let script =
            format!("return window.testConnections.filter((connection) => {condition}).length;");
        let count = self.browser.run(&script, vec![]).await?;
        count.as_u64().context("a number of connections")
    }

    /// Whether a camera or microphone that the page has opened is still open.
    pub async fn uses_devices(&self) -> Result<bool> {
        let live = "return window.testTracks.some((track) => track.readyState === 'live');";
        Ok(self.browser.run(live, vec![]).await? == true)
    }

    /// Whether the page plays the sound of its own microphone.
    pub async fn hears_themselves(&self) -> Result<bool> {
        let plays = "
            const own = window.testTracks.filter((track) => track.kind === 'audio');
            return [...window.testPlayers].some((player) =>
              !player.muted && player.volume > 0 && own.some((track) =>
                player.srcObject?.getAudioTracks().some((other) => other.id === track.id)));";
        Ok(self.browser.run(plays, vec![]).await? == true)
    }
}
