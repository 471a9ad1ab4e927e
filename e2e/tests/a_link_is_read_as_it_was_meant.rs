//! A link with something at its end, and a link or code with words around it, lead to the call. If
//! neither can be read, the page says what is wrong.

use e2e::{Role, Setup, scene};

#[test]
fn a_link_is_read_as_it_was_meant() -> e2e::Result {
    scene("links", async |scene| {
        let origin = scene.server.origin();
        let ([ada, bob], link) = scene
            .call_of_one(("Ada", Setup::chromium()), ("Bob", Setup::chromium()))
            .await?;
        let code = ada.call_code().await?;

        for end in [".", ")", "%3E", "%20", "/", "%E2%80%8B"] {
            bob.open(&format!("{link}{end}")).await?;
            bob.reads(&["Ada is here"]).await?;
            let address = bob.browser().run("return location.href;", vec![]).await?;
            assert_eq!(address, *link, "{end}");
        }

        let cut = link.get(..link.len() - 1).unwrap_or_default();
        bob.open(cut).await?;
        bob.reads(&["This link is not whole"]).await?;
        let field = "Call code or link";
        for (typed, said) in [
            (cut, "This link is not whole"),
            ("1234 567", "A call code has 8 digits. This has 7."),
            ("hello", "That is no call code"),
            (
                "https://other.example/r/AAAAAAAAAAAAAAAAAAAAAA",
                "This link leads to another server.",
            ),
        ] {
            bob.fill(field, typed).await?;
            bob.press("Join").await?;
            bob.reads(&[said]).await?;
        }
        let other = bob.find(Role::Control, "Open other.example").await?;
        let leads_to = other.attr("href").await?;
        assert!(leads_to.is_some_and(|it| it.starts_with("https://other.example/r/")));

        let arabic: String = code.chars().map(in_arabic).collect();
        let network = ada.invitation().await?;
        for typed in [
            format!("The code is {code}."),
            arabic,
            format!("Join here: <{link}>, see you"),
            network,
        ] {
            bob.open(&origin).await?;
            bob.fill(field, &typed).await?;
            bob.press("Join").await?;
            bob.reads(&["Ada is here"]).await?;
        }
        Ok(())
    })
}

fn in_arabic(c: char) -> char {
    let zero = u32::from('٠');
    c.to_digit(10)
        .and_then(|value| char::from_u32(zero + value))
        .unwrap_or(c)
}
