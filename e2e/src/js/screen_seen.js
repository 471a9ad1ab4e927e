// arguments: the video element of a shared screen. What is seen of the picture that `screen.js`
// shares: its size, the colours of its two fields, and how far apart black and white lines are.
const [video] = arguments;
const canvas = document.createElement("canvas");
canvas.width = video.videoWidth;
canvas.height = video.videoHeight;
if (!canvas.width) return [0, 0, [0, 0, 0], [0, 0, 0], 0];
const paper = canvas.getContext("2d");
paper.drawImage(video, 0, 0);
const scale = canvas.width / 1280;
const at = (x, y) =>
  [...paper.getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data].slice(0, 3);
const lines = [];
for (let x = 800; x < 960; x += 4) {
  lines.push(at(x + 3, 400)[1] - at(x + 1, 400)[1]);
}
lines.sort((a, b) => a - b);
// The contrast in the middle of all.
return [canvas.width, canvas.height, at(160, 200), at(160, 600), lines[lines.length >> 1]];
