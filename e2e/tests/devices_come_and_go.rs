//! Devices that are plugged in and out, muted by the system, used by another program or forbidden
//! in the middle of a call: what is in use is what the person sees, and the page says what happened.

use e2e::{Person, Setup, scene};

/// Lets the test plug devices in and out, refuse them, and speak for the system.
const DEVICES: &str = "() => {
  if (!navigator.mediaDevices) return;
  const devices = navigator.mediaDevices;
  const list = devices.enumerateDevices.bind(devices);
  const gone = new Set();
  const added = [];
  devices.enumerateDevices = async () =>
    [...(await list()).filter((it) => !gone.has(it.label)), ...added];
  const changed = () => devices.dispatchEvent(new Event('devicechange'));
  const open = devices.getUserMedia.bind(devices);
  let denied = false;
  let busy;
  devices.getUserMedia = async (wanted) => {
    if (denied) throw new DOMException('', 'NotAllowedError');
    const camera = wanted.video && (wanted.video.deviceId?.exact ?? busy);
    if (busy && camera === busy) throw new DOMException('', 'NotReadableError');
    return open(wanted);
  };
  const track = (kind) =>
    window.testTracks.findLast((it) => it.kind === kind && it.readyState === 'live');
  window.testDevices = {
    unplug: (label) => { gone.add(label); changed(); },
    plugAgain: (label) => { gone.delete(label); changed(); },
    plug: (kind, label) => { added.push({ kind, label, deviceId: label + kind }); changed(); },
    system: (kind, event) => track(kind).dispatchEvent(new Event(event)),
    withdraw: () => {
      denied = true;
      const microphone = track('audio');
      microphone.stop();
      microphone.dispatchEvent(new Event('ended'));
    },
    allow: () => { denied = false; },
    useFirstCamera: async () => {
      busy = (await list()).find((it) => it.kind === 'videoinput').deviceId;
    },
  };
}";

/// Does something to the devices of somebody.
async fn happens(person: &Person, what: &str) -> e2e::Result {
    let script = format!("await window.testDevices.{what};");
    person.browser().run(&script, vec![]).await?;
    Ok(())
}

#[test]
fn in_a_call() -> e2e::Result {
    scene("devices-come-and-go", async |scene| {
        let origin = scene.server.origin();
        scene
            .people([("Ada", Setup::chromium()), ("Bob", Setup::chromium())])
            .await?;
        let [ada, bob] = scene.cast()?;
        ada.browser().before_every_page(DEVICES).await?;
        ada.start_call(&origin).await?;
        ada.join_now().await?;
        bob.join(&scene.here(&ada.invitation().await?)?).await?;
        ada.sees_and_hears("Bob").await?;
        bob.sees_and_hears("Ada").await?;

        let speaker = "Fake Audio Output 2";
        ada.press_in("Choose microphone and speaker", speaker)
            .await?;
        happens(ada, &format!("unplug('{speaker}')")).await?;
        ada.reads(&["The speaker went away. Another one is used now."])
            .await?;
        happens(ada, &format!("plugAgain('{speaker}')")).await?;
        // The chosen speaker is used again, so only the headset is offered.
        happens(ada, "plug('audioinput', 'Headset')").await?;
        ada.reads(&["Headset was plugged in."]).await?;
        let text = ada.page_text().await?;
        assert!(!text.contains("Output 2 was plugged in"), "{text}");
        ada.press("Use it").await?;
        // The browser does not know the headset and opens another one; the call goes on.
        bob.sees_and_hears("Ada").await?;

        happens(ada, "system('audio', 'mute')").await?;
        ada.reads(&["The system or a switch on the device has muted the microphone."])
            .await?;
        bob.tile("Ada").await?.says("Microphone off").await?;
        ada.find(e2e::Role::Button, "Unmute microphone").await?;
        happens(ada, "system('audio', 'unmute')").await?;
        ada.find(e2e::Role::Button, "Mute microphone").await?;
        bob.tile("Ada")
            .await?
            .says_no_more("Microphone off")
            .await?;
        happens(ada, "system('video', 'mute')").await?;
        ada.reads(&["The camera gives no picture"]).await?;
        bob.tile("Ada").await?.says("Camera off").await?;
        happens(ada, "system('video', 'unmute')").await?;
        bob.tile("Ada").await?.is_seen().await?;

        happens(ada, "withdraw()").await?;
        ada.reads(&["The microphone is blocked for this page."])
            .await?;
        happens(ada, "allow()").await?;
        ada.press("Unmute microphone").await?;

        ada.press("Turn camera off").await?;
        bob.tile("Ada").await?.says("Camera off").await?;
        happens(ada, "useFirstCamera()").await?;
        // Chromium's second and third are of odd pixel formats, which calls cannot use.
        for odd in ["fake_device_1", "fake_device_2"] {
            happens(ada, &format!("unplug('{odd}')")).await?;
        }
        ada.press("Turn camera on").await?;
        ada.reads(&["Another program is using the first camera."])
            .await?;
        bob.sees_and_hears("Ada").await?;

        // The small window of picture-in-picture would go on showing the last picture.
        ada.press_in("More", "Picture in picture").await?;
        let in_window = "return document.pictureInPictureElement !== null;";
        let small = async |open: bool| {
            e2e::eventually("the small window", async || {
                let now = ada.browser().run(in_window, vec![]).await?;
                Ok((now == open).then_some(()))
            })
            .await
        };
        small(true).await?;
        bob.press("Turn camera off").await?;
        small(false).await
    })
}
