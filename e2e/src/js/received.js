// Samples of the others' sound: received in all, and of these made up for lost ones. And bytes of
// sound and picture, packets that came, and packets that did not.
let received = 0;
let concealed = 0;
let bytes = 0;
let packets = 0;
let lost = 0;
for (const connection of window.testConnections) {
  if (connection.signalingState === "closed") continue;
  for (const entry of (await connection.getStats()).values()) {
    if (entry.type !== "inbound-rtp") continue;
    bytes += (entry.bytesReceived ?? 0) + (entry.headerBytesReceived ?? 0);
    packets += entry.packetsReceived ?? 0;
    lost += entry.packetsLost ?? 0;
    if (entry.kind !== "audio") continue;
    received += entry.totalSamplesReceived ?? 0;
    concealed += (entry.concealedSamples ?? 0) - (entry.silentConcealedSamples ?? 0);
  }
}
return { received, concealed, bytes, packets, lost };
