BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE deliveries (
	app TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	event_id TEXT NOT NULL, 
	PRIMARY KEY (app, "key")
)
 WITHOUT ROWID

;
INSERT INTO "deliveries" VALUES('default','k1','e001');
CREATE TABLE events (
	id TEXT NOT NULL, 
	app TEXT NOT NULL, 
	uid TEXT, 
	name TEXT NOT NULL, 
	webhook TEXT, 
	at DOUBLE NOT NULL, 
	received DOUBLE NOT NULL, 
	late BOOLEAN NOT NULL, 
	request TEXT, 
	body BLOB NOT NULL, 
	answer TEXT, 
	trace TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES('e001','default','u1','webhook','door',90.0,100.0,0,NULL,X'7B22646F6F72223A20226F70656E227D',NULL,'[{"rule":"tea","outcome":"fired","gates":[],"reason":null,"run_id":"r001"}]');
CREATE TABLE journal (
	run_id TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	value TEXT, 
	PRIMARY KEY (run_id, seq)
)
 WITHOUT ROWID

;
INSERT INTO "journal" VALUES('r001',0,'variables','variables',100.0,'{"a":1}');
CREATE TABLE marks (
	app TEXT NOT NULL, 
	uid TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	segment TEXT NOT NULL, 
	count INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (app, uid, rule, segment)
)
 WITHOUT ROWID

;
INSERT INTO "marks" VALUES('default','u1','tea','s1',1,100.0);
CREATE TABLE rule_files (
	path TEXT NOT NULL, 
	text TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (path)
);
INSERT INTO "rule_files" VALUES('a.yaml','rules: []',1.0);
CREATE TABLE runs (
	id TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	source TEXT NOT NULL, 
	event_id TEXT NOT NULL, 
	app TEXT NOT NULL, 
	uid TEXT, 
	at DOUBLE NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT, 
	due DOUBLE, 
	inputs TEXT NOT NULL, 
	ended_at DOUBLE, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('r001','tea','d1','e001','default','u1',100.0,'waiting','actions[0] (http.request), try 1: 503',105.0,'{"user":{"uid":"u1","name":"Kim","timezone":"UTC","group":null},"trigger":{},"matched":{},"app":{"name":"default","variables":{}}}',NULL);
CREATE TABLE sources (
	digest TEXT NOT NULL, 
	rule TEXT NOT NULL, 
	source TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "sources" VALUES('d1','tea','{"id":"tea"}',1.0);
CREATE TABLE tallies (
	tally TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	expires DOUBLE NOT NULL
);
INSERT INTO "tallies" VALUES('throttle:tea','default|u1',100.0,200.0);
CREATE INDEX events_received ON events (received);
CREATE INDEX events_uid_received ON events (uid, received);
CREATE INDEX deliveries_event_id ON deliveries (event_id);
CREATE INDEX runs_due ON runs (due) WHERE due IS NOT NULL;
CREATE INDEX runs_event_id ON runs (event_id);
CREATE INDEX runs_at ON runs (at);
CREATE INDEX runs_rule_at ON runs (rule, at);
CREATE INDEX runs_uid_at ON runs (uid, at);
CREATE INDEX runs_state_at ON runs (state, at);
CREATE INDEX tallies_tally_key ON tallies (tally, "key");
CREATE INDEX tallies_expires ON tallies (expires);
CREATE INDEX marks_at ON marks (at);
COMMIT;
