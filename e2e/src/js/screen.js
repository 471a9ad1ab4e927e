() => {
  // Shares a canvas as the screen, without a question, and a tone as what is heard there.
  if (!navigator.mediaDevices) return;
  navigator.mediaDevices.getDisplayMedia = async ({ audio }) => {
    const canvas = document.createElement("canvas");
    canvas.width = 1280;
    canvas.height = 800;
    const paper = canvas.getContext("2d");
    paper.fillStyle = "rgb(255, 255, 255)";
    paper.fillRect(0, 0, 1280, 800);
    paper.fillStyle = "rgb(220, 20, 20)";
    paper.fillRect(0, 0, 320, 400);
    paper.fillStyle = "rgb(20, 20, 220)";
    paper.fillRect(0, 400, 320, 400);
    // Lines as thin as those of letters: two pixels black, two pixels white.
    paper.fillStyle = "rgb(0, 0, 0)";
    for (let x = 640; x < 1280; x += 4) paper.fillRect(x, 0, 2, 800);
    let beats = 0;
    setInterval(() => {
      paper.fillStyle = beats++ % 2 ? "rgb(0, 160, 0)" : "rgb(0, 120, 0)";
      paper.fillRect(330, 10, 4, 4);
    }, 200);
    const stream = canvas.captureStream(5);
    if (audio && window.testSharesSound) {
      const context = new AudioContext();
      const tone = context.createOscillator();
      const out = context.createMediaStreamDestination();
      tone.connect(out);
      tone.start();
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    return stream;
  };
}
