"use strict";
// Sharing needs the files in hand when the finger comes down, so they are fetched before the button shows.
(async () => {
  const button = document.getElementById("share");
  if (!button || !navigator.canShare) return;
  const links = [...document.querySelectorAll("a[download]")];
  try {
    const files = await Promise.all(links.map(async (link) => {
      const blob = await (await fetch(link.href)).blob();
      return new File([blob], link.download, { type: blob.type });
    }));
    const one = files.slice(0, 1);
    const shared = navigator.canShare({ files }) ? files : one;
    if (!navigator.canShare({ files: shared })) return;
    button.addEventListener("click", () => navigator.share({ files: shared }).catch(() => {}));
    button.hidden = false;
  } catch {
    // without the button, saving still works
  }
})();
