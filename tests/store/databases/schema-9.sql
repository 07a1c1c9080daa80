SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.audit_refuses() RETURNS trigger
    LANGUAGE plpgsql
    AS $$BEGIN RAISE EXCEPTION 'rows of the audit are only ever added'; END$$;
ALTER FUNCTION public.audit_refuses() OWNER TO callcoach_owner;
CREATE FUNCTION public.callcoach_delete(deleted_call text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$DELETE FROM records USING calls WHERE records.call_id = calls.call_id AND calls.call_id = deleted_call AND calls.ended AND calls.held_at IS NULL; DELETE FROM reviews USING calls WHERE reviews.call_id = calls.call_id AND calls.call_id = deleted_call AND calls.ended AND calls.held_at IS NULL$$;
ALTER FUNCTION public.callcoach_delete(deleted_call text) OWNER TO callcoach_owner;
CREATE FUNCTION public.callcoach_rewrite(place bigint, body text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$UPDATE records SET event = body WHERE records.position = place$$;
ALTER FUNCTION public.callcoach_rewrite(place bigint, body text) OWNER TO callcoach_owner;
CREATE FUNCTION public.callcoach_unquote(quoting_call text, place bigint, body text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO '$user', 'public'
    AS $$UPDATE reviews SET act = body WHERE reviews.call_id = quoting_call AND reviews.number = place AND reviews.kind IN ('appealed', 'commented')$$;
ALTER FUNCTION public.callcoach_unquote(quoting_call text, place bigint, body text) OWNER TO callcoach_owner;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.agent_ids (
    agent_id text NOT NULL,
    user_id text NOT NULL
);
ALTER TABLE public.agent_ids OWNER TO callcoach_owner;
CREATE TABLE public.audit (
    number bigint NOT NULL,
    at double precision NOT NULL,
    actor text,
    action text NOT NULL,
    object text,
    outcome text NOT NULL,
    address text NOT NULL,
    agent text NOT NULL,
    details text NOT NULL,
    mac text NOT NULL
);
ALTER TABLE public.audit OWNER TO callcoach_owner;
CREATE TABLE public.baselines (
    agent_id text NOT NULL,
    calls integer NOT NULL,
    sd_semitones double precision,
    voiced_ms integer NOT NULL,
    speaking_rate double precision,
    speaking_ms integer NOT NULL
);
ALTER TABLE public.baselines OWNER TO callcoach_owner;
CREATE TABLE public.calls (
    number bigint NOT NULL,
    call_id text NOT NULL,
    last_seq integer NOT NULL,
    ended boolean NOT NULL,
    owner integer DEFAULT 0 NOT NULL,
    agent_id text,
    team text,
    place text,
    started_at double precision,
    direction text,
    peer text,
    ending text,
    duration_ms bigint,
    score double precision,
    fatal integer,
    to_confirm integer,
    unscored_reason text,
    assessed_share double precision,
    kept_at double precision,
    words_erased_at double precision,
    private_gone_at double precision,
    private_spans json,
    held_at double precision,
    held_by text,
    hold_reason text,
    review_stage text,
    review_total double precision,
    review_fatal integer,
    reviewer text,
    answer_until double precision,
    check_until double precision,
    comments_unseen integer
);
ALTER TABLE public.calls OWNER TO callcoach_owner;
CREATE SEQUENCE public.calls_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.calls_number_seq OWNER TO callcoach_owner;
ALTER SEQUENCE public.calls_number_seq OWNED BY public.calls.number;
CREATE TABLE public.deleted (
    call_id text NOT NULL,
    at double precision NOT NULL
);
ALTER TABLE public.deleted OWNER TO callcoach_owner;
CREATE TABLE public.deliveries (
    call_id text NOT NULL,
    kept_seq integer NOT NULL,
    refused text,
    has_sound boolean NOT NULL,
    is_own_clock boolean NOT NULL
);
ALTER TABLE public.deliveries OWNER TO callcoach_owner;
CREATE TABLE public.desk_codes (
    secret text NOT NULL,
    made_by text,
    expires_at double precision NOT NULL,
    used_at double precision
);
ALTER TABLE public.desk_codes OWNER TO callcoach_owner;
CREATE TABLE public.desks (
    id text NOT NULL,
    installation text NOT NULL,
    machine text NOT NULL,
    program text NOT NULL,
    seen_at double precision,
    offset_ms bigint
);
ALTER TABLE public.desks OWNER TO callcoach_owner;
CREATE TABLE public.floor_cases (
    id text NOT NULL,
    agent_id text NOT NULL,
    team text,
    call_id text,
    cause text NOT NULL,
    rank text NOT NULL,
    since_at bigint NOT NULL,
    detail text NOT NULL,
    first_taken_at bigint,
    taken_by text,
    taken_at bigint,
    escalated_at bigint,
    closed_at bigint,
    closed_because text,
    closed_by text,
    reason text
);
ALTER TABLE public.floor_cases OWNER TO callcoach_owner;
CREATE TABLE public.hint_figures (
    number bigint NOT NULL,
    silent_step integer NOT NULL,
    hints integer NOT NULL,
    followed integer NOT NULL,
    painted integer NOT NULL,
    in_time integer NOT NULL,
    slowest_ms double precision
);
ALTER TABLE public.hint_figures OWNER TO callcoach_owner;
CREATE TABLE public.links (
    secret text NOT NULL,
    purpose text NOT NULL,
    user_id text,
    expires_at double precision NOT NULL,
    used_at double precision
);
ALTER TABLE public.links OWNER TO callcoach_owner;
CREATE TABLE public.marked (
    user_id text NOT NULL,
    number bigint NOT NULL
);
ALTER TABLE public.marked OWNER TO callcoach_owner;
CREATE TABLE public.missed (
    number bigint NOT NULL,
    rule text NOT NULL
);
ALTER TABLE public.missed OWNER TO callcoach_owner;
CREATE TABLE public.origins (
    digest text NOT NULL,
    call_id text NOT NULL,
    name text NOT NULL
);
ALTER TABLE public.origins OWNER TO callcoach_owner;
CREATE TABLE public.people (
    number integer NOT NULL,
    changes integer NOT NULL,
    company text NOT NULL
);
ALTER TABLE public.people OWNER TO callcoach_owner;
CREATE SEQUENCE public.people_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.people_number_seq OWNER TO callcoach_owner;
ALTER SEQUENCE public.people_number_seq OWNED BY public.people.number;
CREATE TABLE public.records (
    "position" bigint NOT NULL,
    call_id text NOT NULL,
    seq integer NOT NULL,
    kind text NOT NULL,
    event text NOT NULL
);
ALTER TABLE public.records OWNER TO callcoach_owner;
CREATE SEQUENCE public.records_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.records_position_seq OWNER TO callcoach_owner;
ALTER SEQUENCE public.records_position_seq OWNED BY public.records."position";
CREATE TABLE public.reviews (
    call_id text NOT NULL,
    number integer NOT NULL,
    at double precision NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    kind text NOT NULL,
    act text NOT NULL
);
ALTER TABLE public.reviews OWNER TO callcoach_owner;
CREATE TABLE public.rules (
    rule text NOT NULL,
    title text NOT NULL,
    title_en text NOT NULL
);
ALTER TABLE public.rules OWNER TO callcoach_owner;
CREATE TABLE public.said (
    number bigint NOT NULL,
    text text NOT NULL,
    sound text NOT NULL,
    terms text[] DEFAULT '{}'::text[] NOT NULL
)
WITH (toast_tuple_target='128');
ALTER TABLE public.said OWNER TO callcoach_owner;
CREATE TABLE public.schema_version (
    version integer NOT NULL
);
ALTER TABLE public.schema_version OWNER TO callcoach_owner;
CREATE TABLE public.seats (
    team text NOT NULL,
    agent_id text NOT NULL,
    "position" integer NOT NULL
);
ALTER TABLE public.seats OWNER TO callcoach_owner;
CREATE TABLE public.servers (
    place text NOT NULL,
    number bigint NOT NULL,
    renewed_at double precision NOT NULL
);
ALTER TABLE public.servers OWNER TO callcoach_owner;
CREATE TABLE public.sessions (
    id text NOT NULL,
    secret text NOT NULL,
    user_id text NOT NULL,
    begun_at double precision NOT NULL,
    seen_at double precision NOT NULL,
    ended_at double precision,
    address text NOT NULL,
    agent text NOT NULL
);
ALTER TABLE public.sessions OWNER TO callcoach_owner;
CREATE TABLE public.shifts (
    id text NOT NULL,
    desk_id text NOT NULL,
    user_id text NOT NULL,
    agent_id text NOT NULL,
    team text,
    begun_at double precision NOT NULL,
    until double precision NOT NULL,
    ended_at double precision,
    because text
);
ALTER TABLE public.shifts OWNER TO callcoach_owner;
CREATE TABLE public.strips (
    number bigint NOT NULL,
    drawn text NOT NULL
);
ALTER TABLE public.strips OWNER TO callcoach_owner;
CREATE TABLE public.sweeps (
    number integer NOT NULL,
    known_at double precision NOT NULL,
    swept_at double precision,
    sweeper text,
    seen_at double precision,
    is_clean boolean NOT NULL
);
ALTER TABLE public.sweeps OWNER TO callcoach_owner;
CREATE SEQUENCE public.sweeps_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER TABLE public.sweeps_number_seq OWNER TO callcoach_owner;
ALTER SEQUENCE public.sweeps_number_seq OWNED BY public.sweeps.number;
CREATE TABLE public.team_settings (
    team text NOT NULL,
    version integer NOT NULL,
    at double precision NOT NULL,
    actor text,
    reason text NOT NULL,
    settings json NOT NULL
);
ALTER TABLE public.team_settings OWNER TO callcoach_owner;
CREATE TABLE public.teams (
    id text NOT NULL,
    name text NOT NULL,
    added_at double precision NOT NULL
);
ALTER TABLE public.teams OWNER TO callcoach_owner;
CREATE TABLE public.tokens (
    id text NOT NULL,
    secret text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    added_at double precision NOT NULL,
    used_at double precision,
    revoked_at double precision
);
ALTER TABLE public.tokens OWNER TO callcoach_owner;
CREATE TABLE public.users (
    id text NOT NULL,
    login text,
    name text,
    role text NOT NULL,
    team text,
    assigned json NOT NULL,
    agent_id text,
    telephone_id text,
    is_disabled boolean NOT NULL,
    password text,
    added_at double precision NOT NULL,
    signed_in_at double precision,
    removed_at double precision
);
ALTER TABLE public.users OWNER TO callcoach_owner;
CREATE TABLE public.views (
    user_id text NOT NULL,
    name text NOT NULL,
    query text NOT NULL
);
ALTER TABLE public.views OWNER TO callcoach_owner;
ALTER TABLE ONLY public.calls ALTER COLUMN number SET DEFAULT nextval('public.calls_number_seq'::regclass);
ALTER TABLE ONLY public.people ALTER COLUMN number SET DEFAULT nextval('public.people_number_seq'::regclass);
ALTER TABLE ONLY public.records ALTER COLUMN "position" SET DEFAULT nextval('public.records_position_seq'::regclass);
ALTER TABLE ONLY public.sweeps ALTER COLUMN number SET DEFAULT nextval('public.sweeps_number_seq'::regclass);
INSERT INTO public.people VALUES (1, 0, '');
INSERT INTO public.schema_version VALUES (9);
INSERT INTO public.sweeps VALUES (1, 1795915383.643312, NULL, NULL, NULL, true);
SELECT pg_catalog.setval('public.calls_number_seq', 1, false);
SELECT pg_catalog.setval('public.people_number_seq', 1, false);
SELECT pg_catalog.setval('public.records_position_seq', 1, false);
SELECT pg_catalog.setval('public.sweeps_number_seq', 1, false);
ALTER TABLE ONLY public.agent_ids
    ADD CONSTRAINT agent_ids_pkey PRIMARY KEY (agent_id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.baselines
    ADD CONSTRAINT baselines_pkey PRIMARY KEY (agent_id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_call_id_key UNIQUE (call_id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT calls_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.deleted
    ADD CONSTRAINT deleted_pkey PRIMARY KEY (call_id);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (call_id);
ALTER TABLE ONLY public.desk_codes
    ADD CONSTRAINT desk_codes_pkey PRIMARY KEY (secret);
ALTER TABLE ONLY public.desks
    ADD CONSTRAINT desks_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.floor_cases
    ADD CONSTRAINT floor_cases_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.hint_figures
    ADD CONSTRAINT hint_figures_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (secret);
ALTER TABLE ONLY public.marked
    ADD CONSTRAINT marked_pkey PRIMARY KEY (user_id, number);
ALTER TABLE ONLY public.missed
    ADD CONSTRAINT missed_pkey PRIMARY KEY (number, rule);
ALTER TABLE ONLY public.origins
    ADD CONSTRAINT origins_call_id_key UNIQUE (call_id);
ALTER TABLE ONLY public.origins
    ADD CONSTRAINT origins_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.records
    ADD CONSTRAINT records_call_id_seq_key UNIQUE (call_id, seq);
ALTER TABLE ONLY public.records
    ADD CONSTRAINT records_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (call_id, number);
ALTER TABLE ONLY public.rules
    ADD CONSTRAINT rules_pkey PRIMARY KEY (rule);
ALTER TABLE ONLY public.said
    ADD CONSTRAINT said_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_pkey PRIMARY KEY (team, agent_id);
ALTER TABLE ONLY public.servers
    ADD CONSTRAINT servers_pkey PRIMARY KEY (place);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_secret_key UNIQUE (secret);
ALTER TABLE ONLY public.shifts
    ADD CONSTRAINT shifts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.strips
    ADD CONSTRAINT strips_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.sweeps
    ADD CONSTRAINT sweeps_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.team_settings
    ADD CONSTRAINT team_settings_pkey PRIMARY KEY (team, version);
ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_name_key UNIQUE (name);
ALTER TABLE ONLY public.teams
    ADD CONSTRAINT teams_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_secret_key UNIQUE (secret);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_agent_id_key UNIQUE (agent_id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_login_key UNIQUE (login);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_telephone_id_key UNIQUE (telephone_id);
ALTER TABLE ONLY public.views
    ADD CONSTRAINT views_pkey PRIMARY KEY (user_id, name);
CREATE INDEX audit_by_action ON public.audit USING btree (action);
CREATE INDEX audit_by_actor ON public.audit USING btree (actor);
CREATE INDEX audit_by_object ON public.audit USING btree (object);
CREATE INDEX audit_by_time ON public.audit USING btree (at);
CREATE INDEX calls_by_agent ON public.calls USING btree (agent_id);
CREATE INDEX calls_by_comments ON public.calls USING btree (number) WHERE (comments_unseen IS NOT NULL);
CREATE INDEX calls_by_kept ON public.calls USING btree (kept_at);
CREATE INDEX calls_by_length ON public.calls USING btree (duration_ms, number DESC, score, agent_id, team, started_at, direction, fatal, assessed_share) WHERE (duration_ms IS NOT NULL);
CREATE INDEX calls_by_review ON public.calls USING btree (review_stage, answer_until) WHERE (review_stage IS NOT NULL);
CREATE INDEX calls_by_score ON public.calls USING btree (score, number DESC, duration_ms, agent_id, team, started_at, direction, fatal, assessed_share) WHERE (score IS NOT NULL);
CREATE INDEX calls_by_start ON public.calls USING btree (started_at);
CREATE INDEX calls_by_team ON public.calls USING btree (team);
CREATE INDEX floor_cases_by_time ON public.floor_cases USING btree (since_at);
CREATE INDEX floor_cases_open ON public.floor_cases USING btree (id) WHERE (closed_at IS NULL);
CREATE INDEX missed_by_rule ON public.missed USING btree (rule, number);
CREATE INDEX records_by_kind ON public.records USING btree (call_id, kind);
CREATE INDEX records_dismissed ON public.records USING btree (call_id) WHERE (kind = 'HintDismissed'::text);
CREATE INDEX said_by_terms ON public.said USING gin (terms);
CREATE INDEX sessions_by_user ON public.sessions USING btree (user_id);
CREATE INDEX shifts_by_desk ON public.shifts USING btree (desk_id, begun_at);
CREATE TRIGGER audit_refuses_truncate BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuses();
CREATE TRIGGER audit_refuses_update BEFORE DELETE OR UPDATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuses();
REVOKE ALL ON FUNCTION public.audit_refuses() FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_refuses() TO callcoach;
REVOKE ALL ON FUNCTION public.callcoach_delete(deleted_call text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.callcoach_delete(deleted_call text) TO callcoach;
REVOKE ALL ON FUNCTION public.callcoach_rewrite(place bigint, body text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.callcoach_rewrite(place bigint, body text) TO callcoach;
REVOKE ALL ON FUNCTION public.callcoach_unquote(quoting_call text, place bigint, body text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.callcoach_unquote(quoting_call text, place bigint, body text) TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.agent_ids TO callcoach;
GRANT SELECT,INSERT ON TABLE public.audit TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.baselines TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.calls TO callcoach;
GRANT USAGE,UPDATE ON SEQUENCE public.calls_number_seq TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.deleted TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.deliveries TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.desk_codes TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.desks TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.floor_cases TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.hint_figures TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.links TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.marked TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.missed TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.origins TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.people TO callcoach;
GRANT USAGE,UPDATE ON SEQUENCE public.people_number_seq TO callcoach;
GRANT SELECT,INSERT ON TABLE public.records TO callcoach;
GRANT USAGE,UPDATE ON SEQUENCE public.records_position_seq TO callcoach;
GRANT SELECT,INSERT ON TABLE public.reviews TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rules TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.said TO callcoach;
GRANT SELECT ON TABLE public.schema_version TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.seats TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.servers TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.shifts TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.strips TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sweeps TO callcoach;
GRANT USAGE,UPDATE ON SEQUENCE public.sweeps_number_seq TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.team_settings TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.teams TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tokens TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.users TO callcoach;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.views TO callcoach;
