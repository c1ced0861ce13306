// SPDX-License-Identifier: MIT
// Moves the session's clocks on between two pages, at the server's speed. It reads what the server wrote into the page and
// nothing else: the cookie is not for scripts. When the session has ended, the page is loaded again and says so.
(() => {
	"use strict";
	const panel = document.querySelector(".clocks");
	if (!panel)
		return;
	const start = Number(panel.dataset.now);
	const speed = Number(panel.dataset.speed);
	const leeway = Number(panel.dataset.leeway);
	const opened = Date.now();

	const words = (s) => {
		s = Math.max(0, Math.floor(s));
		if (s >= 3600)
			return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
		return s >= 60 ? `${Math.floor(s / 60)} min ${s % 60} s` : `${s} s`;
	};

	const tick = () => {
		const now = start + (Date.now() - opened) / 1000 * speed;
		let ended = false;
		for (const clock of panel.querySelectorAll(".clock")) {
			const left = Number(clock.dataset.to) - now;
			clock.querySelector(".left").textContent = words(left);
			clock.querySelector("progress").value = Math.max(0, left);
			clock.classList.toggle("soon", left < 120);
			ended = ended || left + leeway < 0;
		}
		if (ended)
			location.replace(location.pathname);
		else
			setTimeout(tick, 500);
	};
	tick();
})();
