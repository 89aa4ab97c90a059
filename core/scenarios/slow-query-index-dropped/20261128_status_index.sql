-- new filter by status in the back office
DROP INDEX parcels_barcode_idx;
CREATE INDEX parcels_status_idx ON parcels (status);
