// Not part of this build: /docs loads swagger-ui-bundle.js.
