// What the editor has told and not heard back yet. A page reports every change of its controls: also those that the
// editor itself has asked for, late, one control at a time, and with the others as they were.
//
// new ICLight.Echoes() has expect(values), for what is told, and findNews(values), for what is reported: what others set.

(function () {
    "use strict";

    // In milliseconds: what changes back at once is never reported.
    const PATIENCE = 10000;

    class Echoes {
        constructor() {
            this.reported = {};
            this.told = {};
        }

        /** These values were told, and may be reported. */
        expect(values) {
            const until = performance.now() + PATIENCE;
            for (const [name, value] of Object.entries(values)) {
                this.told[name] = [...(this.told[name] || []), { value, until }];
            }
        }

        /** Of these values those that others have set. */
        findNews(values) {
            return Object.fromEntries(Object.entries(values).filter(([name, value]) => this.isNews(name, value)));
        }

        isNews(name, value) {
            if (this.reported[name] === value) return false;
            this.reported[name] = value;
            const now = performance.now();
            const told = (this.told[name] || []).filter(({ until }) => until > now);
            // They come in the order in which they were told; some are left out.
            const found = told.findIndex((one) => one.value === value);
            this.told[name] = told.slice(found + 1);
            return found < 0;
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { Echoes });
})();
