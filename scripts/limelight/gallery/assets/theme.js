// Before anything is drawn: the reader's own choice of light or dark, if there is one.
"use strict";
try {
  const chosen = localStorage.getItem("limelight-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser may refuse storage to pages from disk; then its own preference counts.
}
