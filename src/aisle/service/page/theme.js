// Runs before the first paint, so that a page in the other theme never flashes up.
const theme = localStorage.getItem("theme");
if (theme) document.documentElement.dataset.theme = theme;
