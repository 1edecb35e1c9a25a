"""Small repositories as popular tutorials and generators leave them."""

from __future__ import annotations

from tests.detect.starters_compiled import ASPNET, GIN, PETCLINIC, QUARKUS

__all__ = [
    "ASPNET",
    "DJANGO",
    "EXPRESS_TS",
    "FASTAPI",
    "FLASK_TUTORIAL",
    "GIN",
    "NESTJS",
    "NEXTJS",
    "PETCLINIC",
    "PHP",
    "QUARKUS",
    "SINATRA",
]

FLASK_TUTORIAL = {
    "pyproject.toml": """\
[project]
name = "flaskr"
version = "1.0.0"
description = "The basic blog app built in the Flask tutorial."
dependencies = ["flask"]

[project.optional-dependencies]
test = ["pytest"]

[build-system]
requires = ["flit_core<4"]
build-backend = "flit_core.buildapi"

[tool.pytest.ini_options]
testpaths = ["tests"]
""",
    "flaskr/__init__.py": """\
import os

from flask import Flask


def create_app(test_config=None):
    app = Flask(__name__, instance_relative_config=True)

    @app.route("/hello")
    def hello():
        return "Hello, World!"

    return app
""",
    "flaskr/db.py": "import sqlite3\n",
    "flaskr/templates/base.html": "<!doctype html>\n",
    "tests/conftest.py": "import pytest\n",
    "tests/test_factory.py": "def test_config():\n    pass\n",
}

FASTAPI = {
    "requirements.txt": "fastapi[standard]>=0.113.0,<0.114.0\npydantic>=2.7.0\nuvicorn\n",
    "app/__init__.py": "",
    "app/main.py": """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def read_root():
    return {"Hello": "World"}


@app.get("/health")
async def health():
    return {"status": "ok"}
""",
    "app/routers/items.py": "from fastapi import APIRouter\n",
    "tests/__init__.py": "",
    "tests/test_main.py": "def test_root():\n    pass\n",
}

DJANGO = {
    "requirements.txt": "Django==5.1\ngunicorn==22.0\npsycopg[binary]\n",
    "manage.py": """\
#!/usr/bin/env python
import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
""",
    "mysite/__init__.py": "",
    "mysite/settings.py": "INSTALLED_APPS = []\n",
    "mysite/urls.py": """\
from django.urls import include, path

urlpatterns = [
    path("polls/", include("polls.urls")),
    path("healthz/", lambda request: None),
]
""",
    "mysite/wsgi.py": """\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")

application = get_wsgi_application()
""",
    "mysite/asgi.py": """\
from django.core.asgi import get_asgi_application

application = get_asgi_application()
""",
    "polls/__init__.py": "",
    "polls/tests.py": "from django.test import TestCase\n\n\nclass T(TestCase):\n    pass\n",
    "polls/models.py": "",
    "polls/migrations/__init__.py": "",
}

NESTJS = {
    "package.json": """\
{
  "name": "nest-typescript-starter",
  "version": "0.0.1",
  "private": true,
  "scripts": {
    "build": "nest build",
    "format": "prettier --write \\"src/**/*.ts\\"",
    "start": "nest start",
    "start:dev": "nest start --watch",
    "start:prod": "node dist/main",
    "lint": "eslint \\"{src,apps,libs,test}/**/*.ts\\" --fix",
    "test": "jest",
    "test:watch": "jest --watch",
    "test:cov": "jest --coverage",
    "test:e2e": "jest --config ./test/jest-e2e.json"
  },
  "dependencies": {
    "@nestjs/common": "^10.0.0",
    "@nestjs/core": "^10.0.0",
    "@nestjs/platform-express": "^10.0.0"
  },
  "devDependencies": {"@nestjs/cli": "^10.0.0", "jest": "^29.5.0", "typescript": "^5.1.3"}
}
""",
    "package-lock.json": "{}\n",
    "tsconfig.json": "{}\n",
    "src/main.ts": """\
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(process.env.PORT ?? 3000);
}
bootstrap();
""",
    "src/app.controller.spec.ts": "describe('x', () => {});\n",
    "test/app.e2e-spec.ts": "describe('x', () => {});\n",
}

NEXTJS = {
    "package.json": """\
{
  "name": "my-app",
  "version": "0.1.0",
  "private": true,
  "scripts": {
    "dev": "next dev",
    "build": "next build",
    "start": "next start",
    "lint": "next lint"
  },
  "dependencies": {"react": "^18", "react-dom": "^18", "next": "14.2.5"}
}
""",
    "package-lock.json": "{}\n",
    "next.config.mjs": "export default {};\n",
    "app/page.tsx": "export default function Home() { return null; }\n",
}

EXPRESS_TS = {
    "package.json": """\
{
  "name": "express-ts",
  "version": "1.0.0",
  "main": "dist/index.js",
  "scripts": {
    "dev": "tsx watch src/index.ts",
    "build": "tsc",
    "start": "node dist/index.js",
    "test": "vitest run",
    "lint": "eslint ."
  },
  "engines": {"node": ">=18"},
  "dependencies": {"express": "^4.19.2"},
  "devDependencies": {"typescript": "^5.5.0", "vitest": "^2.0.0", "tsx": "^4.0.0"}
}
""",
    "yarn.lock": "# yarn lockfile v1\n",
    "tsconfig.json": '{"compilerOptions": {"outDir": "dist", "rootDir": "src"}}\n',
    "src/index.ts": """\
import express from 'express';

const app = express();
const port = process.env.PORT || 4000;

app.get('/health', (req, res) => res.send('ok'));
app.listen(port, () => console.log(`listening on ${port}`));
""",
}

SINATRA = {
    "Dockerfile": """\
FROM ruby:3.3-slim
WORKDIR /app
COPY Gemfile Gemfile.lock ./
RUN bundle install
COPY . .
EXPOSE 4567
CMD ["ruby", "app.rb", "-o", "0.0.0.0"]
""",
    "Gemfile": "source 'https://rubygems.org'\ngem 'sinatra'\ngem 'rspec'\n",
    "Gemfile.lock": "",
    "app.rb": "require 'sinatra'\n\nget '/health' do\n  'ok'\nend\n",
    "spec/app_spec.rb": "describe 'x' do\nend\n",
}

PHP = {
    "Dockerfile": """\
FROM php:8.3-apache
COPY src/ /var/www/html/
USER www-data
""",
    "composer.json": '{"name": "shop/frontend", "require": {"php": "^8.2"}}\n',
    "src/index.php": "<?php echo 'Hello';\n",
}
