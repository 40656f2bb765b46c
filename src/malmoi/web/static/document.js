// Brings the marked span into view and hands it the focus, so that reading goes on from there.
const cited = document.getElementById("cited");
if (cited && location.hash === "#cited") {
  cited.scrollIntoView({ block: "center" });
  cited.focus({ preventScroll: true });
}
