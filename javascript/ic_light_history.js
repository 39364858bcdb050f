// What was set, step by step, to go back and forth in.

(function () {
    "use strict";

    const MOST_STEPS = 200;

    class History {
        constructor(values) {
            this.steps = [values];
            this.index = 0;
        }

        get current() {
            return this.steps[this.index];
        }

        get canUndo() {
            return this.index > 0;
        }

        get canRedo() {
            return this.index < this.steps.length - 1;
        }

        /** The newest step; what was undone is forgotten. */
        record(values) {
            this.steps = [...this.steps.slice(0, this.index + 1), values].slice(-MOST_STEPS);
            this.index = this.steps.length - 1;
        }

        /** Go some steps on, or back; the values there. */
        move(by) {
            this.index += by;
            return this.current;
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { History });
})();
