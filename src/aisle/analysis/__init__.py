"""From a video to features, scores and a timeline in one pass, and the tables and the page that show them."""
