"""The configuration files of the embedded PostgreSQL."""

import os
import shutil
from pathlib import Path

MEGABYTE = 1 << 20

ACCESS = "# type  database  user  method\nlocal  all  all  scram-sha-256\n"

COMMON = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "jit": "off",  # dashboards run many short statements; compiling them costs more than it saves
    "random_page_cost": "1.1",
    "effective_io_concurrency": "32",
    "max_wal_size": "2GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "autovacuum_vacuum_scale_factor": "0.1",
    "autovacuum_analyze_scale_factor": "0.05",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # Statements and error details can hold patients' data, so neither reaches the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_checkpoints": "off",
    "log_destination": "stderr",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
}

DURABLE = {"shared_buffers": "256MB", "work_mem": "16MB", "maintenance_work_mem": "256MB"}

THROWAWAY = {
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "log_rotation_age": "0",
}


def write(data: Path, sockets: Path, logs: Path, *, durable: bool) -> None:
    """Write the server's settings and access rules into its data folder, keeping the files' owner."""
    settings = COMMON | (DURABLE if durable else THROWAWAY) | _of_this_machine()
    settings |= {"unix_socket_directories": str(sockets), "log_directory": str(logs)}
    _overwrite(data / "postgresql.conf", "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items()))
    _overwrite(data / "pg_hba.conf", ACCESS)


def _of_this_machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    settings = {"effective_cache_size": f"{max(512, memory // 2 // MEGABYTE)}MB"}
    shared = Path("/dev/shm")
    if not shared.is_dir() or shutil.disk_usage(shared).total < 256 * MEGABYTE:
        settings["dynamic_shared_memory_type"] = "mmap"  # containers give 64 MB, too little for parallel queries
    return settings


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _overwrite(path: Path, text: str) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
