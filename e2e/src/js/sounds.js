// Each remote sound that is there: how loud it was over the last second (root mean square, 0 to 1),
// and how many elements play it.
const live = window.testConnections
  .filter((connection) => connection.signalingState !== "closed")
  .flatMap((connection) => connection.getReceivers())
  .filter(({ track }) => track.kind === "audio" && track.readyState === "live");
const energy = async (receiver) => {
  let [sum, duration] = [0, 0];
  for (const stats of (await receiver.getStats()).values()) {
    if (stats.type !== "inbound-rtp") continue;
    sum += stats.totalAudioEnergy ?? 0;
    duration += stats.totalSamplesDuration ?? 0;
  }
  return { sum, duration };
};
const before = await Promise.all(live.map(energy));
await new Promise((resolve) => setTimeout(resolve, 1000));
const after = await Promise.all(live.map(energy));
return live.map(({ track }, at) => {
  const time = after[at].duration - before[at].duration;
  const loud = time > 0 ? Math.sqrt((after[at].sum - before[at].sum) / time) : 0;
  const players = [...window.testPlayers].filter(
    (player) =>
      player.srcObject?.getTracks().some((other) => other.id === track.id) &&
      !player.paused &&
      !player.muted &&
      player.volume > 0,
  );
  return [loud, players.length];
});
