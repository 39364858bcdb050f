// Connects the live picture of javascript/ic_light_live_picture.js with the page's controls.
//
// gradio draws its page whenever it likes, and calls these functions from its events (page.py).

(function () {
    "use strict";

    let livePicture = null;
    let light = null;
    let newValues = null;

    const BACKENDS = {
        webgl2: "Drawn in this browser.",
        server: "Drawn by the server: this browser has no WebGL2.",
    };

    function showMessage(sentence) {
        document.querySelector("#ic_light_live .ic-message").textContent = sentence;
    }

    /** The live picture in the page as it is now. */
    function getLivePicture() {
        const place = document.querySelector("#ic_light_live .ic-live-picture");
        if (!livePicture || livePicture.element !== place) {
            livePicture = new window.ICLight.LivePicture(place, {
                onChange(values) {
                    newValues = { ...light.options, ...values };
                    document.querySelector("#ic_light_picked").click();
                },
                onMessage: showMessage,
            });
        }
        return livePicture;
    }

    const page = {
        /** Show the picture that the server has opened, or why it has not. */
        async open(text) {
            const { key, message } = JSON.parse(text);
            const live = document.querySelector("#ic_light_live");
            live.classList.toggle("ic-empty", !key);
            showMessage(message);
            if (!key) return;
            const picture = getLivePicture();
            if (await picture.open("ic-light/", key)) showMessage(BACKENDS[picture.backend]);
        },

        /** Show it in the light of the panel, or why that cannot be. */
        show(text) {
            const { message, ...described } = JSON.parse(text);
            if (message) {
                showMessage(message);
                return;
            }
            light = described;
            getLivePicture().show(light);
        },

        /** What was set by hand: light, light_angle, light_x and light_y, for the panel. */
        getNewValues() {
            return ["light", "light_angle", "light_x", "light_y"].map((name) => newValues[name]);
        },
    };

    window.ICLight = Object.assign(window.ICLight || {}, { page });
})();
