"""Clinical quality measures: one logic, over FHIR resources and over an organization's records."""
