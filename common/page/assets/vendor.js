// SPDX-License-Identifier: Apache-2.0
// Tells vendors of tags what the visitor granted, in their own words, before a script of theirs is there. It stands in
// pages where some consent of theirs is granted, and in no others; it asks nobody for anything. Plainer than need be: a
// browser that could not read it would take what was refused for granted.
//
// What is served is vendor.min.js, which scripts/minify-asset makes of this.
(() => {
    const { google, microsoft, piano } = document.currentScript.dataset;
    const read = (words) => Object.fromEntries(new URLSearchParams(words));

    // Consent mode: denied by default, then what was granted. Commands are told from data by being `arguments`.
    if (google) {
        const state = read(google);
        const gtag = function () {
            self.dataLayer.push(arguments);
        };
        self.dataLayer = self.dataLayer || [];
        gtag('consent', 'default', Object.fromEntries(Object.keys(state).map((name) => [name, 'denied'])));
        if (state.ad_storage === 'denied')
            gtag('set', 'ads_data_redaction', true);
        gtag('consent', 'update', state);
    }

    // Universal event tracking, and Clarity, whose loader keeps what was called before it.
    if (microsoft) {
        const { ad_storage, analytics_storage } = read(microsoft);
        self.uetq = self.uetq || [];
        self.uetq.push('consent', 'default', { ad_storage: 'denied' });
        self.uetq.push('consent', 'update', { ad_storage });
        self.clarity = self.clarity || function () {
            (self.clarity.q = self.clarity.q || []).push(arguments);
        };
        self.clarity('consentv2', { ad_Storage: ad_storage, analytics_Storage: analytics_storage });
    }

    // What each product does before it is told otherwise; the site's own settings of other kinds stay.
    if (piano) {
        const modes = read(piano);
        self.pdl = self.pdl || {};
        self.pdl.requireConsent = 'v2';
        self.pdl.consent = { ...self.pdl.consent, products: Object.keys(modes), defaultPreset: modes };
    }
})();
