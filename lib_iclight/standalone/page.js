// Connects the canvas of javascript/ic_light_canvas.js with the page's controls.
//
// gradio draws its page whenever it likes, and calls these functions from its events (page.py).

(function () {
    "use strict";

    let canvas = null;
    let light = null;
    let values = null;

    const drawnBy = {
        webgl2: "Drawn in this browser.",
        server: "Drawn by the server: this browser has no WebGL2.",
    };

    function told(sentence) {
        document.querySelector("#ic_light_live .ic-said").textContent = sentence;
    }

    /** The canvas in the page as it is now. */
    function here() {
        const place = document.querySelector("#ic_light_live .ic-canvas");
        if (!canvas || canvas.element !== place) {
            canvas = new window.ICLight.Canvas(place, {
                picked(set) {
                    values = { ...light.options, ...set };
                    document.querySelector("#ic_light_picked").click();
                },
                said: told,
            });
        }
        return canvas;
    }

    window.ICLight.page = {
        /** Show the picture that the server has opened, or why it has not. */
        async open(text) {
            const { key, said } = JSON.parse(text);
            const live = document.querySelector("#ic_light_live");
            live.classList.toggle("ic-empty", !key);
            told(said);
            if (key && (await here().open("ic-light/", key))) told(`${drawnBy[canvas.path]} ${said}`);
        },

        /** Show it in the light of the panel, or why that cannot be. */
        show(text) {
            const described = JSON.parse(text);
            if (described.said) {
                told(described.said);
                return;
            }
            light = described;
            here().show(described);
        },

        /** What was set by hand: light, light_angle, light_x and light_y, for the panel. */
        picked() {
            return [values.light, values.light_angle, values.light_x, values.light_y];
        },
    };
})();
