// arguments: video element, how long to look at most (ms). Counts how often the picture changes:
// done after three changes, or when the time is over.
const [video, limit] = arguments;
const canvas = document.createElement("canvas");
canvas.width = 48;
canvas.height = 36;
const context = canvas.getContext("2d", { willReadFrequently: true });
const look = () => {
  if (video.readyState < 2) return null;
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
};
const differ = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i += 4) {
    sum += Math.abs(a[i] - b[i]) + Math.abs(a[i + 1] - b[i + 1]) + Math.abs(a[i + 2] - b[i + 2]);
  }
  return sum > 500;
};
const end = performance.now() + limit;
let last = null;
let changes = 0;
let bright = false;
while (changes < 3 && performance.now() < end) {
  const now = look();
  if (now && last && differ(now, last)) changes += 1;
  if (now) {
    last = now;
    bright = now.some((value, i) => i % 4 !== 3 && value > 40);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const style = getComputedStyle(video);
return {
  changes,
  bright,
  width: video.videoWidth,
  height: video.videoHeight,
  paused: video.paused,
  shown: video.checkVisibility({ visibilityProperty: true, opacityProperty: true }),
  box: [video.clientWidth, video.clientHeight],
};
