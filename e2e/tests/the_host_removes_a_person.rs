//! The host removes somebody, who is told why and is out; a guest has no such
//! action.

use e2e::{Role, Setup, scene};

#[test]
fn the_host_removes_a_person() -> e2e::Result {
    scene("remove", async |scene| {
        let ([ada, bob], _) = scene
            .call_of_two(("Ada", Setup::chromium()), ("Bob", Setup::firefox()))
            .await?;
        bob.press("People").await?;
        bob.reads(&["Bob (you)"]).await?;
        bob.press("Actions for Ada").await?;
        bob.find(Role::Control, "Mute Ada for me").await?;
        assert!(!bob.browser().has(Role::Control, "Remove Ada").await?);
        assert!(!bob.browser().has(Role::Button, "Lock call").await?);

        ada.press_in("People", "Actions for Bob").await?;
        ada.press("Remove Bob").await?;
        // The page asks first.
        ada.reads(&["Remove Bob from the call?"]).await?;
        ada.press("Remove now").await?;
        bob.reads(&["The host removed you from the call."]).await?;
        ada.sees_nobody_called("Bob").await?;
        assert_eq!(bob.open_connections().await?, 0);
        assert!(
            !bob.uses_devices().await?,
            "camera or microphone is still open"
        );
        // Somebody who was removed stays out until a host lets them in again.
        bob.press("Call again").await?;
        bob.press("Join now").await?;
        bob.reads(&["Only a host can let you in again"]).await?;
        ada.press_in("People", "Let Bob in again").await?;
        bob.press("Join now").await?;
        bob.sees_and_hears("Ada").await
    })
}
